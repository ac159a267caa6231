package calico.confd;

import static calico.confd.Resources.CONFIRMED;
import static calico.confd.Resources.block;
import static calico.confd.Resources.configuration;
import static calico.confd.Resources.node;
import static calico.confd.Resources.peer;
import static calico.confd.Resources.peerTo;
import static calico.confd.Resources.peerToNodes;
import static calico.confd.Resources.pool;
import static calico.confd.Resources.resource;

import calico.model.Ip;
import calico.model.ipam.BlockAffinity;
import calico.model.resource.AsNumber;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the resources of a cluster may say to node n1. */
final class BgpStates {
  private BgpStates() {}

  /** By names that their golden files have too. */
  static Iterable<Map.Entry<String, BgpState>> all() {
    Map<String, BgpState> states = new LinkedHashMap<>();
    states.put("no-node", new BgpState.Builder("n1").build());
    states.put("mesh", mesh().build());
    states.put("mesh-of-several-as", severalAs());
    states.put("route-reflector", routeReflector());
    states.put("peers", peers());
    states.put("configured", configured());
    states.put("ipv6-only", ipv6Only());
    states.put("filters", Resources.read("filters.yaml").build());
    states.put("filters-without-patterns", Resources.read("filters-without-patterns.yaml").build());
    states.put("options", options());
    states.put("wireguard", wireguard());
    states.put("workload-peers", workloadPeers());
    states.put("bind-mode", Resources.read("bind-mode.yaml").build());
    states.put("overlapping-peers", Resources.read("overlapping-peers.yaml").build());
    states.put("services", Resources.read("services.yaml").build());
    return states.entrySet();
  }

  static BgpState.Builder mesh() {
    BgpState.Builder b =
        new BgpState.Builder("n1")
            .put(node("n1", "10.0.0.1/24", "fd00::1/64"))
            .put(node("n2", "10.0.0.2/24", "fd00::2/64"))
            .put(node("n3", "10.0.0.10/24", "fd00::a/64"))
            .put(pool("default", "10.65.0.0/16", "Never", false))
            .put(pool("default6", "fd65::/48", "Never", false))
            .put(pool("overlay", "10.66.0.0/16", "Always", false))
            .put(pool("private", "10.67.0.0/16", "Never", true));
    b.update(block("n1", "10.65.0.64/26"), CONFIRMED);
    b.update(block("n1", "10.65.0.0/26"), new BlockAffinity("", false));
    b.update(block("n1", "10.65.9.9/32"), CONFIRMED);
    b.update(block("n1", "10.65.8.0/26"), new BlockAffinity("pending", false));
    b.update(block("n2", "10.65.1.0/26"), CONFIRMED);
    b.update(block("n1", "fd65::/122"), CONFIRMED);
    return b;
  }

  private static BgpState severalAs() {
    return new BgpState.Builder("n1")
        .put(node("n1", "10.0.0.1/24", null, 64601L, null, Map.of()))
        .put(node("n2", "10.0.0.2/24", null, 64602L, null, Map.of()))
        .put(node("n3", "10.0.0.3/24", null, null, null, Map.of()))
        .put(node("broken", "10.0.0.4444/24", null, null, null, Map.of()))
        .build();
  }

  private static BgpState routeReflector() {
    Map<String, String> reflector = Map.of("role", "rr");
    return new BgpState.Builder("n1")
        .put(node("n1", "10.0.0.1/24", "fd00::1/64", null, "1.0.0.1", reflector))
        .put(node("n2", "10.0.0.2/24", "fd00::2/64", null, "1.0.0.1", reflector))
        .put(node("n3", "10.0.0.3/24", "fd00::3/64"))
        .put(peerToNodes("to-reflectors", null, "role == 'rr'"))
        .build();
  }

  private static BgpState peers() {
    return new BgpState.Builder("n1")
        .put(node("n1", "10.0.0.1/24", "fd00::1/64", null, null, Map.of("rack", "a")))
        .put(node("n2", "10.0.0.2/24", "fd00::2/64", null, null, Map.of("rack", "b")))
        .put(configuration("default", null, false, 64600L, null, List.of(), Map.of()))
        .put(configuration("node.n2", null, null, null, 1790, List.of(), Map.of()))
        .put(peerTo("tor", "rack == 'a'", "10.0.0.254", 64700L))
        .put(thirdParty())
        .put(peerTo("tor-again", "rack == 'a'", "10.0.0.254", 64701L))
        .put(peerTo("other-rack", "rack == 'b'", "10.0.0.253", 64700L))
        .put(peer("near", "rack == 'a'", "[fd00::fe]:1179", 64700L, null, 1, Map.of()))
        .put(peerTo("n2", null, "10.0.0.2", 64600L))
        .put(peerToNodes("back", "rack == 'b'", "rack == 'a'"))
        .put(peerTo("nonsense", null, "router", 1L))
        .put(peerToNodes("bad-selector", "rack ==", "all()"))
        .put(peerToNodes("in-vain", null, "rack == 'c'"))
        .put(peer("far", null, "10.0.0.249", 64600L, null, 300, Map.of()))
        .put(peer("future", null, "10.0.0.252", 64600L, null, null, Map.of("colour", "red")))
        .build();
  }

  private static Resource<BgpPeerSpec> thirdParty() {
    return Resource.of(
        Kinds.BGP_PEER,
        Metadata.named("third-party"),
        new BgpPeerSpec(
            "n1",
            null,
            "10.0.0.251",
            new AsNumber(4200000000L),
            null,
            null,
            true,
            null,
            null,
            "None",
            "2m",
            null,
            null,
            3,
            null,
            List.of("a-filter"),
            null,
            null,
            Unknown.NONE));
  }

  private static BgpState workloadPeers() {
    String selected = "{localWorkloadSelector: role == 'router', asNumber: 64701%s}";
    return new BgpState.Builder("n1")
        .put(node("n1", "10.0.0.1/24", "fd00::1/64"))
        .put(resource("BGPPeer", "routers", selected.formatted(", localASNumber: 64999")))
        .put(resource("BGPPeer", "elsewhere", selected.formatted(", node: n2")))
        .put(resource("BGPPeer", "unknown", selected.formatted("")))
        .build()
        .with(
            Map.of(),
            List.of(
                new WorkloadPeerFiles.Entry("routers", Ip.parse("10.65.0.5")),
                new WorkloadPeerFiles.Entry("routers", Ip.parse("fd65::5")),
                new WorkloadPeerFiles.Entry("another", Ip.parse("10.65.0.6"))));
  }

  /**
   * n2 has WireGuard as n1 does, n3 of one family only, n4 none; n5 and n6 say they have one key.
   */
  private static BgpState wireguard() {
    return mesh()
        .put(withKeys(node("n1", "10.0.0.1/24", "fd00::1/64"), 1, 101))
        .put(withKeys(node("n2", "10.0.0.2/24", "fd00::2/64"), 2, 102))
        .put(withKeys(node("n3", "10.0.0.10/24", "fd00::a/64"), 3, 0))
        .put(node("n4", "10.0.0.4/24", "fd00::4/64"))
        .put(withKeys(node("n5", "10.0.0.5/24", null), 5, 0))
        .put(withKeys(node("n6", "10.0.0.6/24", null), 5, 0))
        .build();
  }

  /** The node with a WireGuard of each family whose number is not 0. */
  static Resource<NodeSpec> withKeys(Resource<NodeSpec> node, int key, int keyV6) {
    Map<String, Object> status = new HashMap<>();
    if (key != 0) {
      status.put("wireguardPublicKey", key(key));
    }
    if (keyV6 != 0) {
      status.put("wireguardPublicKeyV6", key(keyV6));
    }
    return node.withStatus(status);
  }

  private static String key(int number) {
    byte[] key = new byte[32];
    key[0] = (byte) number;
    return Base64.getEncoder().encodeToString(key);
  }

  private static BgpState configured() {
    return Resources.read("configured.yaml", mesh()).build();
  }

  private static BgpState options() {
    return Resources.read("options.yaml")
        .build()
        .with(
            Map.of(
                new Secrets.Entry("bgp", "tor"), "correct horse \\ battery",
                new Secrets.Entry("bgp", "mesh"), "mesh password",
                new Secrets.Entry("bgp", "quoted"), "say \"yes\""),
            List.of());
  }

  private static BgpState ipv6Only() {
    BgpState.Builder b =
        new BgpState.Builder("n1")
            .put(node("n1", null, "fd00::1/64", null, null, Map.of()))
            .put(node("n2", "10.0.0.2/24", "fd00::2/64"));
    b.update(block("n1", "fd65::/122"), CONFIRMED);
    return b.build();
  }
}
