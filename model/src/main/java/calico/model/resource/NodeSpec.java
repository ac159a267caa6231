package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.IsInterfaceAddress;
import calico.model.schema.IsIp;
import calico.model.schema.IsName;
import calico.model.schema.Matches;
import calico.model.schema.OneOf;
import calico.model.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A machine of the cluster. */
public record NodeSpec(
    @Doc("How the node takes part in routing; unset: not at all.") @Nullable Bgp bgp,
    @Doc("Address of the IPv4 VXLAN device.") @IsIp @Nullable String ipv4VXLANTunnelAddr,
    @Doc("MAC address of the IPv4 VXLAN device; unset: derived from the name.")
        @Matches(value = "([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}", expected = "a MAC address")
        @Nullable String vxlanTunnelMACAddr,
    @Doc("Address of the IPv6 VXLAN device.") @IsIp @Nullable String ipv6VXLANTunnelAddr,
    @Doc("MAC address of the IPv6 VXLAN device; unset: derived from the name.")
        @Matches(value = "([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}", expected = "a MAC address")
        @Nullable String vxlanTunnelMACAddrV6,
    @Doc("What orchestrators call the node.") @Nullable List<OrchRef> orchRefs,
    @Doc("Addresses of the WireGuard devices.") @Nullable Wireguard wireguard,
    @Doc("Addresses of the node.") @Nullable List<Address> addresses,
    @Doc(
            "Interfaces of the node and their addresses: from them `calicoctl trace` knows which"
                + " HostEndpoint an address is for.")
        @Nullable List<Interface> interfaces,
    Unknown unknown) {

  /**
   * @param asNumber null: the cluster's
   * @param ipv4Address with the length of its subnet
   */
  public record Bgp(
      @Doc("AS number of the node; unset: the cluster's.") @Nullable AsNumber asNumber,
      @Doc("IPv4 address by which other nodes reach it, with the length of its subnet.")
          @IsInterfaceAddress
          @Nullable String ipv4Address,
      @Doc("IPv6 address by which other nodes reach it, with the length of its subnet.")
          @IsInterfaceAddress
          @Nullable String ipv6Address,
      @Doc("Address of the IPIP device.") @IsIp @Nullable String ipv4IPIPTunnelAddr,
      @Doc("Cluster ID, in dotted form, if the node is a route reflector.") @IsIp
          @Nullable String routeReflectorClusterID,
      Unknown unknown) {}

  public record OrchRef(
      @Doc("The node's name there.") @Nullable String nodeName,
      @Doc("The orchestrator, such as k8s.") @Required String orchestrator,
      Unknown unknown) {}

  public record Wireguard(
      @Doc("Address of the IPv4 device.") @IsIp @Nullable String interfaceIPv4Address,
      @Doc("Address of the IPv6 device.") @IsIp @Nullable String interfaceIPv6Address,
      Unknown unknown) {}

  public record Address(
      @Doc("The address, maybe with the length of its subnet.") @Required @IsInterfaceAddress
          String address,
      @Doc("Who knows the address.") @OneOf({"CalicoNodeIP", "InternalIP", "ExternalIP"})
          @Nullable String type,
      Unknown unknown) {}

  public record Interface(
      @Doc("The interface's name.") @IsName @Nullable String name,
      @Doc("Its addresses.") @Nullable List<String> addresses,
      Unknown unknown) {}
}
