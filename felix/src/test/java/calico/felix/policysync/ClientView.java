package calico.felix.policysync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.policysync.IPSetDeltaUpdate;
import calico.policysync.IPSetUpdate;
import calico.policysync.NamespaceID;
import calico.policysync.Policy;
import calico.policysync.PolicyID;
import calico.policysync.Profile;
import calico.policysync.Rule;
import calico.policysync.ServiceAccountID;
import calico.policysync.ToDataplane;
import calico.policysync.WorkloadEndpoint;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a client knows after the messages that it was sent. Each is checked. */
final class ClientView {
  final Map<String, Set<String>> sets = new HashMap<>();
  final Map<PolicyID, Policy> policies = new HashMap<>();
  final Map<String, Profile> profiles = new HashMap<>();
  final Map<ServiceAccountID, Map<String, String>> accounts = new HashMap<>();
  final Map<NamespaceID, Map<String, String>> namespaces = new HashMap<>();
  @Nullable WorkloadEndpoint endpoint;
  boolean inSync;
  boolean removed;
  int messages;

  void accept(ToDataplane message) {
    assertFalse(removed, () -> "after the endpoint's removal: " + message);
    messages++;
    switch (message.getPayloadCase()) {
      case IN_SYNC -> {
        assertFalse(inSync, "in sync twice");
        inSync = true;
      }
      case IPSET_UPDATE -> {
        IPSetUpdate update = message.getIpsetUpdate();
        sets.put(update.getId(), new HashSet<>(update.getMembersList()));
      }
      case IPSET_DELTA_UPDATE -> delta(message.getIpsetDeltaUpdate());
      case IPSET_REMOVE -> assertNotNull(sets.remove(message.getIpsetRemove().getId()));
      case ACTIVE_POLICY_UPDATE ->
          policies.put(
              message.getActivePolicyUpdate().getId(), message.getActivePolicyUpdate().getPolicy());
      case ACTIVE_POLICY_REMOVE ->
          assertNotNull(policies.remove(message.getActivePolicyRemove().getId()));
      case ACTIVE_PROFILE_UPDATE ->
          profiles.put(
              message.getActiveProfileUpdate().getId().getName(),
              message.getActiveProfileUpdate().getProfile());
      case ACTIVE_PROFILE_REMOVE ->
          assertNotNull(profiles.remove(message.getActiveProfileRemove().getId().getName()));
      case WORKLOAD_ENDPOINT_UPDATE -> endpoint = message.getWorkloadEndpointUpdate().getEndpoint();
      case WORKLOAD_ENDPOINT_REMOVE -> {
        assertNotNull(endpoint);
        endpoint = null;
        removed = true;
      }
      case SERVICE_ACCOUNT_UPDATE ->
          accounts.put(
              message.getServiceAccountUpdate().getId(),
              message.getServiceAccountUpdate().getLabelsMap());
      case SERVICE_ACCOUNT_REMOVE -> accounts.remove(message.getServiceAccountRemove().getId());
      case NAMESPACE_UPDATE ->
          namespaces.put(
              message.getNamespaceUpdate().getId(), message.getNamespaceUpdate().getLabelsMap());
      case NAMESPACE_REMOVE -> namespaces.remove(message.getNamespaceRemove().getId());
      case PAYLOAD_NOT_SET -> throw new AssertionError("empty message");
    }
    assertNothingDangles();
  }

  private void delta(IPSetDeltaUpdate delta) {
    Set<String> members = sets.get(delta.getId());
    assertNotNull(members, delta::toString);
    for (String gone : delta.getRemovedMembersList()) {
      assertTrue(members.remove(gone), delta::toString);
    }
    for (String added : delta.getAddedMembersList()) {
      assertTrue(members.add(added), delta::toString);
    }
  }

  private void assertNothingDangles() {
    if (endpoint != null) {
      endpoint
          .getTiersList()
          .forEach(
              tier -> {
                assertTrue(policies.keySet().containsAll(tier.getIngressPoliciesList()));
                assertTrue(policies.keySet().containsAll(tier.getEgressPoliciesList()));
              });
      assertTrue(profiles.keySet().containsAll(endpoint.getProfileIdsList()));
    }
    policies.values().forEach(p -> rules(p.getInboundRulesList(), p.getOutboundRulesList()));
    profiles.values().forEach(p -> rules(p.getInboundRulesList(), p.getOutboundRulesList()));
  }

  private void rules(List<Rule> inbound, List<Rule> outbound) {
    Stream.concat(inbound.stream(), outbound.stream())
        .flatMap(
            r ->
                Stream.<Collection<String>>of(
                    r.getSrcIpSetIdsList(),
                    r.getDstIpSetIdsList(),
                    r.getNotSrcIpSetIdsList(),
                    r.getNotDstIpSetIdsList(),
                    r.getSrcNamedPortIpSetIdsList(),
                    r.getDstNamedPortIpSetIdsList(),
                    r.getNotSrcNamedPortIpSetIdsList(),
                    r.getNotDstNamedPortIpSetIdsList(),
                    r.getDstIpPortSetIdsList()))
        .flatMap(Collection::stream)
        .forEach(id -> assertTrue(sets.containsKey(id), id));
  }

  void assertEqual(ClientView expected) {
    assertEquals(expected.endpoint, endpoint);
    assertEquals(expected.policies, policies);
    assertEquals(expected.profiles, profiles);
    assertEquals(expected.sets, sets);
    assertEquals(expected.accounts, accounts);
    assertEquals(expected.namespaces, namespaces);
  }
}
