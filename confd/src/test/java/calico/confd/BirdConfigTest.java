package calico.confd;

import static calico.confd.Resources.CONFIRMED;
import static calico.confd.Resources.block;
import static calico.confd.Resources.configuration;
import static calico.confd.Resources.node;
import static calico.confd.Resources.peer;
import static calico.confd.Resources.peerTo;
import static calico.confd.Resources.peerToNodes;
import static calico.confd.Resources.pool;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.ipam.BlockAffinity;
import calico.model.resource.AsNumber;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** States and their configurations, each of which the real BIRD accepts. */
class BirdConfigTest {
  private static final Path RESOURCES = Path.of("src/test/resources/calico/confd");

  @TempDir Path directory;

  static Iterable<Map.Entry<String, BgpState>> states() {
    Map<String, BgpState> states = new LinkedHashMap<>();
    states.put("no-node", new BgpState.Builder("n1").build());
    states.put("mesh", mesh().build());
    states.put("mesh-of-several-as", severalAs());
    states.put("route-reflector", routeReflector());
    states.put("peers", peers());
    states.put("configured", configured());
    states.put("ipv6-only", ipv6Only());
    states.put("filters", Resources.read("filters.yaml").build());
    states.put("options", options());
    states.put("services", Resources.read("services.yaml").build());
    return states.entrySet();
  }

  private static BgpState.Builder mesh() {
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

  private static BgpState configured() {
    return mesh()
        .put(
            configuration(
                "default",
                "Debug",
                true,
                65000L,
                1179,
                List.of("docker*", "bad\"; name"),
                Map.of(
                    "ipv4NormalRoutePriority",
                    2000L,
                    "nodeMeshMaxRestartTime",
                    "1m30s",
                    "programClusterRoutes",
                    "Disabled")))
        .put(configuration("node.n1", "Warning", null, null, 1180, List.of(), Map.of()))
        .build();
  }

  private static BgpState options() {
    return Resources.read("options.yaml")
        .build()
        .withSecrets(
            Map.of(
                new Secrets.Entry("bgp", "tor"), "correct horse \\ battery",
                new Secrets.Entry("bgp", "mesh"), "mesh password",
                new Secrets.Entry("bgp", "quoted"), "say \"yes\""));
  }

  private static BgpState ipv6Only() {
    BgpState.Builder b =
        new BgpState.Builder("n1")
            .put(node("n1", null, "fd00::1/64", null, null, Map.of()))
            .put(node("n2", "10.0.0.2/24", "fd00::2/64"));
    b.update(block("n1", "fd65::/122"), CONFIRMED);
    return b.build();
  }

  @ParameterizedTest
  @MethodSource("states")
  void rendersAndIsValid(Map.Entry<String, BgpState> state) throws Exception {
    String text = BirdConfig.render(state.getValue(), "n1");
    String name = state.getKey() + ".conf";
    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(RESOURCES.resolve(name), text);
    }
    try (Bird bird = new Bird(BirdPaths.in(directory))) {
      new ConfigFile(bird).stage(text);
    }
    assertEquals(Files.readString(RESOURCES.resolve(name)), text);
  }

  @Test
  void isTheSameForTheSameState() {
    assertEquals(BirdConfig.render(mesh().build(), "n1"), BirdConfig.render(mesh().build(), "n1"));
  }

  @Test
  void otherNodesBlocksChangeNothing() {
    BgpState.Builder changed = mesh();
    changed.update(block("n2", "10.65.7.0/26"), CONFIRMED);
    assertEquals(BirdConfig.render(mesh().build(), "n1"), BirdConfig.render(changed.build(), "n1"));
  }

  @Test
  void releasedBlocksGo() {
    BgpState.Builder changed = mesh();
    changed.update(block("n1", "10.65.0.64/26"), new BlockAffinity("pendingDeletion", false));
    changed.update(block("n1", "10.65.0.0/26"), null);
    String text = BirdConfig.render(changed.build(), "n1");
    assertFalse(text.contains("10.65.0.64/26"));
    assertFalse(text.contains("10.65.0.0/26"));
    assertTrue(text.contains("route fd65::/122 blackhole"));
  }

  @Test
  void theReservedAsNumberIsNamedAndNotUsed() {
    BgpState state =
        mesh()
            .put(configuration("default", null, null, 0L, null, List.of(), Map.of()))
            .put(node("n2", "10.0.0.2/24", "fd00::2/64", 0L, null, Map.of()))
            .build();
    BgpConfig config = BirdConfig.of(state, new ConfdConfig("n1"));
    assertFalse(config.text().contains(" as 0;"), config.text());
    assertTrue(config.text().contains("neighbor 10.0.0.2 as 64512;"), config.text());
    String faults = config.faults().toString();
    assertTrue(faults.contains("BGPConfiguration(default): spec.asNumber = '0'"), faults);
    assertTrue(faults.contains("Node(n2): spec.bgp.asNumber = '0'"), faults);
  }

  @Test
  void aNodesOwnAdvertisementsReplaceTheClusters() {
    BgpState state =
        Resources.read("services.yaml")
            .put(
                Resources.resource(
                    "BGPConfiguration",
                    "node.n1",
                    "{prefixAdvertisements: [{cidr: 10.65.2.0/24, communities: ['65000:9']}]}"))
            .build();
    String text = BirdConfig.render(state, "n1");
    assertTrue(text.contains("if net ~ [ 10.65.2.0/24+ ] then { bgp_community.add((65000,9)); }"));
    assertFalse(text.contains("(65000,100)"), text);
  }

  @Test
  void loadBalancersWithoutAggregationAndExcludedNodesAnnounceNothingWhole() {
    String unaggregated =
        "{serviceLoadBalancerAggregation: Disabled, serviceLoadBalancerIPs: [{cidr:"
            + " 203.0.113.0/24}]}";
    BgpState.Builder state =
        Resources.read("services.yaml")
            .put(Resources.resource("BGPConfiguration", "default", unaggregated));
    assertFalse(BirdConfig.render(state.build(), "n1").contains("203.0.113.0/24"));

    Map<String, String> excluded =
        Map.of("node.kubernetes.io/exclude-from-external-load-balancers", "true");
    state =
        Resources.read("services.yaml")
            .put(node("n1", "10.0.0.1/24", "fd00::1/64", null, null, excluded));
    String text = BirdConfig.render(state.build(), "n1");
    assertFalse(text.contains("route 203.0.113.0/24"), text);
    assertTrue(text.contains("if net ~ [ 203.0.113.0/24+ ] then reject; # services"), text);
  }

  @Test
  void theEnvironmentChoosesTheRouterIdAndTheClusterAddressesOfServices() {
    BgpState state = Resources.read("services.yaml").build();
    Path secrets = Path.of("secrets");
    Map<String, String> environment =
        Map.of(
            "CALICO_ADVERTISE_CLUSTER_IPS",
            "10.100.0.0/16, nonsense,fd97::/108",
            "CALICO_ROUTER_ID",
            "7.7.7.7");
    String text = BirdConfig.of(state, ConfdConfig.from("n1", environment, secrets)).text();
    assertTrue(text.contains("router id 7.7.7.7;"), text);
    assertTrue(text.contains("route 10.100.0.0/16 blackhole;"), text);
    assertTrue(text.contains("route fd97::/108 blackhole;"), text);
    assertFalse(text.contains("10.96.0.0/12"), text);

    Map<String, String> hashed = Map.of("CALICO_ROUTER_ID", "hash");
    assertTrue(
        BirdConfig.of(state, ConfdConfig.from("n1", hashed, secrets))
            .text()
            .contains("router id " + RouterId.ofName("n1") + ";"));
    Map<String, String> wrong = Map.of("CALICO_ROUTER_ID", "fd00::1");
    assertEquals(
        BirdConfig.render(state, "n1"),
        BirdConfig.of(state, ConfdConfig.from("n1", wrong, secrets)).text());
  }

  @Test
  void namesCannotEndAComment() {
    BgpState state =
        new BgpState.Builder("n1").put(node("n1", "10.0.0.1/24", "fd00::1/64")).build();
    assertFalse(
        BirdConfig.render(state, "x\nlog syslog all;").lines().anyMatch("log syslog all;"::equals));
  }
}
