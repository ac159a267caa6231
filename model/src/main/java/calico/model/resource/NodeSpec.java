package calico.model.resource;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A machine of the cluster. */
public record NodeSpec(
    @Nullable Bgp bgp,
    @Nullable String ipv4VXLANTunnelAddr,
    @Nullable String vxlanTunnelMACAddr,
    @Nullable String ipv6VXLANTunnelAddr,
    @Nullable String vxlanTunnelMACAddrV6,
    @Nullable List<OrchRef> orchRefs,
    @Nullable Wireguard wireguard,
    @Nullable List<Address> addresses,
    Unknown unknown) {

  /**
   * @param asNumber null: the cluster's
   * @param ipv4Address with the length of its subnet
   */
  public record Bgp(
      @Nullable AsNumber asNumber,
      @Nullable String ipv4Address,
      @Nullable String ipv6Address,
      @Nullable String ipv4IPIPTunnelAddr,
      @Nullable String routeReflectorClusterID,
      Unknown unknown) {}

  public record OrchRef(@Nullable String nodeName, String orchestrator, Unknown unknown) {}

  public record Wireguard(
      @Nullable String interfaceIPv4Address,
      @Nullable String interfaceIPv6Address,
      Unknown unknown) {}

  public record Address(String address, @Nullable String type, Unknown unknown) {}
}
