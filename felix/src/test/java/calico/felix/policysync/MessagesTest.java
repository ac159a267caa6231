package calico.felix.policysync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import calico.felix.calc.CheckedGraph;
import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.ProfileRules;
import calico.felix.state.StateKey.Endpoint;
import calico.felix.state.StateKey.PolicyId;
import calico.felix.state.StateKey.ProfileId;
import calico.felix.state.StateKey.SetId;
import calico.model.Ip;
import calico.policysync.Rule;
import calico.policysync.ToDataplane;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import com.google.protobuf.TextFormat.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Objects as an author writes them, and what a client is sent. */
class MessagesTest {
  private static final String CLUSTER =
      """
      apiVersion: projectcalico.org/v3
      kind: Tier
      metadata: {name: security}
      spec: {order: 1, defaultAction: Pass}
      ---
      apiVersion: projectcalico.org/v3
      kind: NetworkPolicy
      metadata: {name: web, namespace: shop}
      spec:
        tier: security
        selector: app == 'web'
        types: [Ingress, Egress]
        ingress:
        - action: Allow
          protocol: TCP
          http:
            methods: [GET]
            paths: [{exact: /health}, {prefix: /public}]
          source:
            selector: role == 'front'
            namespaceSelector: env == 'prod'
            serviceAccounts: {names: [reader], selector: trusted == 'yes'}
          destination: {ports: [80, '8000:8080']}
        - action: Pass
          notProtocol: 17
          source: {nets: [192.0.2.0/24], notSelector: role == 'back'}
        egress:
        - action: Deny
          protocol: ICMP
          icmp: {type: 8, code: 0}
          destination: {notNets: ['198.51.100.0/24']}
          metadata: {annotations: {why: quiet}}
        - action: Log
          destination: {services: {name: db, namespace: data}}
      ---
      apiVersion: projectcalico.org/v3
      kind: WorkloadEndpoint
      metadata: {name: n1-k8s-web--1-eth0, namespace: shop, labels: {app: web}}
      spec:
        node: n1
        orchestrator: k8s
        pod: web-1
        endpoint: eth0
        interfaceName: cali1
        mac: 02:00:00:00:00:01
        ipNetworks: [10.0.0.1/32, 'fd00::1/128']
        ipNATs:
        - {internalIP: 10.0.0.1, externalIP: 203.0.113.1}
        - {internalIP: 'fd00::1', externalIP: '2001:db8::1'}
        profiles: [kns.shop]
      ---
      apiVersion: projectcalico.org/v3
      kind: BGPPeer
      metadata: {name: routers}
      spec: {node: n1, localWorkloadSelector: app == 'web', asNumber: 65001}
      """;

  private static final PolicyId POLICY = new PolicyId("NetworkPolicy", "shop", "web");

  private final CheckedGraph graph = CheckedGraph.of("n1", CLUSTER);

  private calico.policysync.Policy policy() {
    return RuleMessages.policy(POLICY, graph.value(POLICY));
  }

  private static void assertMessage(String expected, Message.Builder actual) throws ParseException {
    Message.Builder builder = actual.clone().clear();
    TextFormat.merge(expected, builder);
    assertEquals(builder.build(), actual.build());
  }

  /** Hashes are not spelled out here. */
  private static Rule.Builder withoutHashes(Rule rule) {
    return rule.toBuilder()
        .clearRuleId()
        .clearSrcIpSetIds()
        .clearNotSrcIpSetIds()
        .clearDstIpPortSetIds();
  }

  @Test
  void ingressRulesAreResolvedAndAsWritten() throws ParseException {
    calico.policysync.Policy policy = policy();
    assertEquals("security", policy.getTier());
    assertEquals("shop", policy.getNamespace());
    assertEquals(
        "(app == \"web\" && projectcalico.org/namespace == \"shop\")",
        policy.getOriginalSelector());
    assertEquals(1, policy.getInboundRules(0).getSrcIpSetIdsCount());
    assertMessage(
        """
        action: "allow"
        protocol { name: "tcp" }
        dst_ports { first: 80 last: 80 }
        dst_ports { first: 8000 last: 8080 }
        original_src_selector: "role == 'front'"
        original_src_namespace_selector: "env == 'prod'"
        src_service_account_match { names: "reader" selector: "trusted == 'yes'" }
        http_match { methods: "GET" paths { exact: "/health" } paths { prefix: "/public" } }
        """,
        withoutHashes(policy.getInboundRules(0)));
    assertMessage(
        """
        action: "next-tier"
        not_protocol { number: 17 }
        src_net: "192.0.2.0/24"
        original_not_src_selector: "role == 'back'"
        """,
        withoutHashes(policy.getInboundRules(1)));
  }

  @Test
  void egressRulesAreResolvedAndAsWritten() throws ParseException {
    calico.policysync.Policy policy = policy();
    assertMessage(
        """
        action: "deny"
        ip_version: IPV4
        protocol { name: "icmp" }
        icmp_type_code { type: 8 code: 0 }
        not_dst_net: "198.51.100.0/24"
        metadata { annotations { key: "why" value: "quiet" } }
        """,
        withoutHashes(policy.getOutboundRules(0)));
    assertEquals(1, policy.getOutboundRules(1).getDstIpPortSetIdsCount());
    assertMessage(
        """
        action: "log"
        original_dst_service: "db"
        original_dst_service_namespace: "data"
        """,
        withoutHashes(policy.getOutboundRules(1)));
  }

  @Test
  void rulesHaveNamesThatDependOnThoseBefore() {
    Rule deny = Rule.newBuilder().setAction("deny").build();
    RuleIds ids = new RuleIds("seed");
    String first = ids.next(deny);
    assertEquals(16, first.length());
    assertNotEquals(first, ids.next(deny));
    assertEquals(first, new RuleIds("seed").next(deny));
    assertNotEquals(first, new RuleIds("another").next(deny));
  }

  @Test
  void endpointsHaveTheirTiers() throws ParseException {
    Endpoint id = new Endpoint("k8s", "shop/web-1", "eth0");
    assertMessage(
        """
        workload_endpoint_update {
          id { orchestrator_id: "k8s" workload_id: "shop/web-1" endpoint_id: "eth0" }
          endpoint {
            state: "active" name: "cali1" mac: "02:00:00:00:00:01" profile_ids: "kns.shop"
            ipv4_nets: "10.0.0.1/32" ipv6_nets: "fd00::1/128"
            ipv4_nat { ext_ip: "203.0.113.1" int_ip: "10.0.0.1" }
            ipv6_nat { ext_ip: "2001:db8::1" int_ip: "fd00::1" }
            local_bgp_peer { bgp_peer_name: "routers" }
            tiers {
              name: "security" default_action: "Pass"
              ingress_policies { kind: "NetworkPolicy" namespace: "shop" name: "web" }
              egress_policies { kind: "NetworkPolicy" namespace: "shop" name: "web" }
            }
          }
        }
        """,
        Messages.endpoint(id, graph.value(id)).toBuilder());
  }

  @Test
  void whatStandsInForAMissingProfileHasNoCriteria() throws ParseException {
    ProfileId id = new ProfileId("kns.shop");
    ProfileRules profile = graph.value(id);
    assertNull(profile.written());
    assertMessage(
        "action: \"deny\"", withoutHashes(RuleMessages.profile(id, profile).getInboundRules(0)));
  }

  @Test
  void membersAreTextThatClientsRead() throws ParseException {
    List<ToDataplane> messages = new ArrayList<>();
    Set<Member> members = Set.of(new Member.IpPort(Ip.parse("2001:db8::1"), 132, 53));
    Messages.set(
        new SetId("n:a"),
        new SetMembers(new AddressSet(AddressSet.Type.IP_AND_PORT, members)),
        messages::add);
    assertEquals(1, messages.size());
    assertMessage(
        "ipset_update { id: \"n:a\" type: IP_AND_PORT members: \"2001:db8::1,sctp:53\" }",
        messages.getFirst().toBuilder());
  }

  @Test
  void profilesStandForNamespacesAndServiceAccounts() throws ParseException {
    assertEquals(new Identity.Namespace("a.b"), Identity.ofProfile("kns.a.b"));
    assertEquals(new Identity.ServiceAccount("a", "b.c"), Identity.ofProfile("ksa.a.b.c"));
    assertNull(Identity.ofProfile("ksa.a"));
    assertNull(Identity.ofProfile("web"));
    assertMessage(
        """
        service_account_update {
          id { namespace: "shop" name: "reader" }
          labels { key: "trusted" value: "yes" }
          labels { key: "projectcalico.org/name" value: "reader" }
        }
        """,
        Messages.identity(
            new Identity.ServiceAccount("shop", "reader"),
            Map.of("pcsa.trusted", "yes", "projectcalico.org/name", "reader"))
            .toBuilder());
  }
}
