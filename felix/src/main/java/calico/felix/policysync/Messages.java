package calico.felix.policysync;

import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.BgpPeer;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.Endpoint;
import calico.felix.state.StateKey.PolicyId;
import calico.felix.state.StateKey.ProfileId;
import calico.felix.state.StateKey.SetId;
import calico.model.Family;
import calico.policysync.ActivePolicyRemove;
import calico.policysync.ActivePolicyUpdate;
import calico.policysync.ActiveProfileRemove;
import calico.policysync.ActiveProfileUpdate;
import calico.policysync.IPSetDeltaUpdate;
import calico.policysync.IPSetRemove;
import calico.policysync.IPSetUpdate;
import calico.policysync.InSync;
import calico.policysync.LocalBGPPeer;
import calico.policysync.NamespaceID;
import calico.policysync.NamespaceRemove;
import calico.policysync.NamespaceUpdate;
import calico.policysync.NatInfo;
import calico.policysync.PolicyID;
import calico.policysync.ProfileID;
import calico.policysync.ServiceAccountID;
import calico.policysync.ServiceAccountRemove;
import calico.policysync.ServiceAccountUpdate;
import calico.policysync.TierInfo;
import calico.policysync.ToDataplane;
import calico.policysync.WorkloadEndpoint;
import calico.policysync.WorkloadEndpointID;
import calico.policysync.WorkloadEndpointRemove;
import calico.policysync.WorkloadEndpointUpdate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The state in the words of the protocol. */
final class Messages {
  /**
   * gRPC's receivers take messages of up to 4 MiB. The longest member, {@code
   * 2001:db8:1111:2222:3333:4444:5555:6666,sctp:65535}, takes 51 bytes; the rest is for the set's
   * name.
   */
  static final int MAX_MEMBERS = 82_200;

  private Messages() {}

  static ToDataplane inSync() {
    return ToDataplane.newBuilder().setInSync(InSync.getDefaultInstance()).build();
  }

  /** A set: what fits of it into one message, and the rest as gains. */
  static void set(SetId id, SetMembers set, Consumer<ToDataplane> out) {
    Iterator<Member> members = set.members.iterator();
    IPSetUpdate.Builder first =
        IPSetUpdate.newBuilder()
            .setId(id.id())
            .setType(
                switch (set.type) {
                  case NETS -> IPSetUpdate.IPSetType.NET;
                  case IP_AND_PORT -> IPSetUpdate.IPSetType.IP_AND_PORT;
                });
    for (int i = 0; i < MAX_MEMBERS && members.hasNext(); i++) {
      first.addMembers(text(members.next()));
    }
    out.accept(ToDataplane.newBuilder().setIpsetUpdate(first).build());
    gains(id, members, out);
  }

  /** What a set gains and loses. */
  static void members(
      SetId id, Collection<Member> added, Collection<Member> removed, Consumer<ToDataplane> out) {
    if (added.size() + removed.size() <= MAX_MEMBERS) {
      IPSetDeltaUpdate.Builder delta = IPSetDeltaUpdate.newBuilder().setId(id.id());
      added.forEach(member -> delta.addAddedMembers(text(member)));
      removed.forEach(member -> delta.addRemovedMembers(text(member)));
      if (!added.isEmpty() || !removed.isEmpty()) {
        out.accept(ToDataplane.newBuilder().setIpsetDeltaUpdate(delta).build());
      }
      return;
    }
    gains(id, added.iterator(), out);
    Iterator<Member> members = removed.iterator();
    while (members.hasNext()) {
      IPSetDeltaUpdate.Builder delta = IPSetDeltaUpdate.newBuilder().setId(id.id());
      for (int i = 0; i < MAX_MEMBERS && members.hasNext(); i++) {
        delta.addRemovedMembers(text(members.next()));
      }
      out.accept(ToDataplane.newBuilder().setIpsetDeltaUpdate(delta).build());
    }
  }

  private static void gains(SetId id, Iterator<Member> members, Consumer<ToDataplane> out) {
    while (members.hasNext()) {
      IPSetDeltaUpdate.Builder delta = IPSetDeltaUpdate.newBuilder().setId(id.id());
      for (int i = 0; i < MAX_MEMBERS && members.hasNext(); i++) {
        delta.addAddedMembers(text(members.next()));
      }
      out.accept(ToDataplane.newBuilder().setIpsetDeltaUpdate(delta).build());
    }
  }

  private static String text(Member member) {
    return switch (member) {
      case Member.Net net -> net.cidr().toString();
      case Member.IpPort port -> port.ip() + "," + protocol(port.protocol()) + ":" + port.port();
    };
  }

  private static String protocol(int number) {
    return switch (number) {
      case 6 -> "tcp";
      case 17 -> "udp";
      case 132 -> "sctp";
      default -> throw new IllegalArgumentException("protocol " + number + " has no ports");
    };
  }

  static ToDataplane policy(PolicyId id, Policy policy) {
    return ToDataplane.newBuilder()
        .setActivePolicyUpdate(
            ActivePolicyUpdate.newBuilder()
                .setId(policyId(id))
                .setPolicy(RuleMessages.policy(id, policy)))
        .build();
  }

  static ToDataplane profile(ProfileId id, ProfileRules profile) {
    return ToDataplane.newBuilder()
        .setActiveProfileUpdate(
            ActiveProfileUpdate.newBuilder()
                .setId(ProfileID.newBuilder().setName(id.name()))
                .setProfile(RuleMessages.profile(id, profile)))
        .build();
  }

  static ToDataplane endpoint(Endpoint id, LocalEndpoint endpoint) {
    WorkloadEndpoint.Builder out =
        WorkloadEndpoint.newBuilder().setState("active").setName(endpoint.interfaceName());
    if (endpoint.mac() != null) {
      out.setMac(endpoint.mac());
    }
    endpoint.profiles().forEach(profile -> out.addProfileIds(profile.name()));
    endpoint
        .networks()
        .forEach(
            net -> {
              if (net.family() == Family.IPV4) {
                out.addIpv4Nets(net.toString());
              } else {
                out.addIpv6Nets(net.toString());
              }
            });
    endpoint
        .translated()
        .forEach(
            (external, internal) -> {
              NatInfo.Builder nat =
                  NatInfo.newBuilder().setExtIp(external.toString()).setIntIp(internal.toString());
              if (external.family() == Family.IPV4) {
                out.addIpv4Nat(nat);
              } else {
                out.addIpv6Nat(nat);
              }
            });
    if (!endpoint.bgpPeer().equals(BgpPeer.NONE)) {
      out.setLocalBgpPeer(LocalBGPPeer.newBuilder().setBgpPeerName(endpoint.bgpPeer().name()));
    }
    endpoint.spoofed().forEach(net -> out.addAllowSpoofedSourcePrefixes(net.toString()));
    endpoint.tiers().forEach(tier -> out.addTiers(tier(tier)));
    return ToDataplane.newBuilder()
        .setWorkloadEndpointUpdate(
            WorkloadEndpointUpdate.newBuilder().setId(endpointId(id)).setEndpoint(out))
        .build();
  }

  private static TierInfo tier(TierPolicies tier) {
    return TierInfo.newBuilder()
        .setName(tier.tier())
        .addAllIngressPolicies(policyIds(tier.ingress()))
        .addAllEgressPolicies(policyIds(tier.egress()))
        .setDefaultAction(tier.passByDefault() ? "Pass" : "Deny")
        .build();
  }

  private static List<PolicyID> policyIds(List<PolicyId> ids) {
    List<PolicyID> out = new ArrayList<>(ids.size());
    ids.forEach(id -> out.add(policyId(id)));
    return out;
  }

  private static PolicyID policyId(PolicyId id) {
    return PolicyID.newBuilder()
        .setKind(id.kind())
        .setNamespace(id.namespace())
        .setName(id.name())
        .build();
  }

  private static WorkloadEndpointID endpointId(Endpoint id) {
    return WorkloadEndpointID.newBuilder()
        .setOrchestratorId(id.orchestrator())
        .setWorkloadId(id.workload())
        .setEndpointId(id.endpoint())
        .build();
  }

  /** A set, policy, profile or endpoint is gone. */
  static ToDataplane removed(StateKey<?> key) {
    ToDataplane.Builder out = ToDataplane.newBuilder();
    switch (key) {
      case SetId id -> out.setIpsetRemove(IPSetRemove.newBuilder().setId(id.id()));
      case PolicyId id ->
          out.setActivePolicyRemove(ActivePolicyRemove.newBuilder().setId(policyId(id)));
      case ProfileId id ->
          out.setActiveProfileRemove(
              ActiveProfileRemove.newBuilder().setId(ProfileID.newBuilder().setName(id.name())));
      case Endpoint id ->
          out.setWorkloadEndpointRemove(WorkloadEndpointRemove.newBuilder().setId(endpointId(id)));
      case StateKey.HostEndpoint _,
          StateKey.PoolId _,
          StateKey.NodeIp _,
          StateKey.FloatingIpId _,
          StateKey.CodePointId _,
          StateKey.ServiceRangeId _,
          StateKey.Routing<?> _ ->
          throw new IllegalArgumentException("a workload is not told of " + key);
    }
    return out.build();
  }

  /**
   * A namespace or service account, with its own labels.
   *
   * @param inherited its labels as endpoints inherit them
   */
  static ToDataplane identity(Identity identity, Map<String, String> inherited) {
    Map<String, String> labels = new HashMap<>();
    String prefix = identity.labelPrefix();
    inherited.forEach(
        (key, value) ->
            labels.put(key.startsWith(prefix) ? key.substring(prefix.length()) : key, value));
    ToDataplane.Builder out = ToDataplane.newBuilder();
    switch (identity) {
      case Identity.Namespace namespace ->
          out.setNamespaceUpdate(
              NamespaceUpdate.newBuilder().setId(id(namespace)).putAllLabels(labels));
      case Identity.ServiceAccount account ->
          out.setServiceAccountUpdate(
              ServiceAccountUpdate.newBuilder().setId(id(account)).putAllLabels(labels));
    }
    return out.build();
  }

  /** A namespace or service account is gone. */
  static ToDataplane removed(Identity identity) {
    ToDataplane.Builder out = ToDataplane.newBuilder();
    switch (identity) {
      case Identity.Namespace namespace ->
          out.setNamespaceRemove(NamespaceRemove.newBuilder().setId(id(namespace)));
      case Identity.ServiceAccount account ->
          out.setServiceAccountRemove(ServiceAccountRemove.newBuilder().setId(id(account)));
    }
    return out.build();
  }

  private static NamespaceID id(Identity.Namespace namespace) {
    return NamespaceID.newBuilder().setName(namespace.name()).build();
  }

  private static ServiceAccountID id(Identity.ServiceAccount account) {
    return ServiceAccountID.newBuilder()
        .setNamespace(account.namespace())
        .setName(account.name())
        .build();
  }
}
