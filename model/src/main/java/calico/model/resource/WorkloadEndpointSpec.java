package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.IsCidr;
import calico.model.schema.IsIp;
import calico.model.schema.IsName;
import calico.model.schema.Matches;
import calico.model.schema.Required;
import calico.model.schema.Unused;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One interface of a workload. */
public record WorkloadEndpointSpec(
    @Doc("What runs the workload: k8s, cni, libnetwork, openstack.") @IsName
        @Nullable String orchestrator,
    @Doc("The workload, for orchestrators other than k8s and cni.") @IsName
        @Nullable String workload,
    @Doc("The node on which it runs.") @IsName @Nullable String node,
    @Doc("The container, for orchestrator cni.")
        @Matches(value = "[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?", expected = "a container's ID")
        @Nullable String containerID,
    @Doc("The pod, for orchestrator k8s.") @IsName @Nullable String pod,
    @Doc("The interface inside the workload, such as eth0.") @IsName @Nullable String endpoint,
    @Doc("The pod's service account.") @IsName @Nullable String serviceAccountName,
    @Doc("The workload's addresses, each a /32 or /128.") @IsCidr(strict = true)
        @Nullable List<String> ipNetworks,
    @Doc("Further addresses that are translated to the workload's.") @Nullable List<IpNat> ipNATs,
    @Doc("The IPv4 gateway that the workload is told.") @IsIp @Nullable String ipv4Gateway,
    @Doc("The IPv6 gateway that the workload is told.") @IsIp @Nullable String ipv6Gateway,
    @Doc("Profiles that apply to the workload.") @IsName @Nullable List<String> profiles,
    @Doc("The interface of the host that leads to the workload.")
        @Matches(value = "[a-zA-Z0-9_.-]{1,15}", expected = "an interface's name")
        @Nullable String interfaceName,
    @Doc("The workload's MAC address.")
        @Matches(value = "([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}", expected = "a MAC address")
        @Nullable String mac,
    @Doc("Ports that rules can name.") @Nullable List<EndpointPort> ports,
    @Doc("Foreign source addresses that the workload may send from.") @IsCidr
        @Nullable List<String> allowSpoofedSourcePrefixes,
    @Doc("Limits on the workload's traffic.") @Nullable QosControls qosControls,
    @Doc("Addresses that Neutron lets the workload use besides its own.") @Unused
        @Nullable List<String> allowedIps,
    Unknown unknown) {

  public record IpNat(
      @Doc("The workload's address.") @Required @IsIp String internalIP,
      @Doc("The address translated to it.") @Required @IsIp String externalIP,
      Unknown unknown) {}
}
