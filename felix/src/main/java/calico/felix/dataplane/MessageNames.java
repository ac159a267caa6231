package calico.felix.dataplane;

import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Family;

/**
 * What upstream calls the message that a change of the desired state corresponds to. It has none of
 * its own for code points.
 */
final class MessageNames {
  private MessageNames() {}

  static String of(StateChange change) {
    return switch (change) {
      case StateChange.Put<?> put -> update(put.key());
      case StateChange.Removed removed -> removal(removed.key());
      case StateChange.MembersChanged _ -> "IPSetDeltaUpdate";
      case StateChange.InSync _ -> "InSync";
    };
  }

  private static String update(StateKey<?> key) {
    return switch (key) {
      case StateKey.Endpoint _ -> "WorkloadEndpointUpdate";
      case StateKey.HostEndpoint _ -> "HostEndpointUpdate";
      case StateKey.PolicyId _ -> "ActivePolicyUpdate";
      case StateKey.ProfileId _ -> "ActiveProfileUpdate";
      case StateKey.SetId _ -> "IPSetUpdate";
      case StateKey.PoolId _ -> "IPAMPoolUpdate";
      case StateKey.NodeIp _, StateKey.OwnIpId _, StateKey.OwnIpipId _ -> "HostMetadataUpdate";
      case StateKey.FloatingIpId _ -> "FloatingIPUpdate";
      case StateKey.CodePointId _ -> "CodePointUpdate";
      case StateKey.ServiceRangeId _ -> "GlobalBGPConfigUpdate";
      case StateKey.RouteId _, StateKey.WireguardRouteId _ -> "RouteUpdate";
      case StateKey.VtepId _, StateKey.OwnVtepId _ -> "VXLANTunnelEndpointUpdate";
      case StateKey.WireguardPeerId id -> endpoint(id.family()) + "Update";
      case StateKey.OwnWireguardId id -> endpoint(id.family()) + "Update";
    };
  }

  private static String removal(StateKey<?> key) {
    return switch (key) {
      case StateKey.Endpoint _ -> "WorkloadEndpointRemove";
      case StateKey.HostEndpoint _ -> "HostEndpointRemove";
      case StateKey.PolicyId _ -> "ActivePolicyRemove";
      case StateKey.ProfileId _ -> "ActiveProfileRemove";
      case StateKey.SetId _ -> "IPSetRemove";
      case StateKey.PoolId _ -> "IPAMPoolRemove";
      case StateKey.NodeIp _, StateKey.OwnIpId _, StateKey.OwnIpipId _ -> "HostMetadataRemove";
      case StateKey.FloatingIpId _ -> "FloatingIPRemove";
      case StateKey.CodePointId _ -> "CodePointRemove";
      case StateKey.ServiceRangeId _ -> "GlobalBGPConfigUpdate";
      case StateKey.RouteId _, StateKey.WireguardRouteId _ -> "RouteRemove";
      case StateKey.VtepId _, StateKey.OwnVtepId _ -> "VXLANTunnelEndpointRemove";
      case StateKey.WireguardPeerId id -> endpoint(id.family()) + "Remove";
      case StateKey.OwnWireguardId id -> endpoint(id.family()) + "Remove";
    };
  }

  private static String endpoint(Family family) {
    return family == Family.IPV4 ? "WireguardEndpoint" : "WireguardEndpointV6";
  }
}
