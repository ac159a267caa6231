package calico.confd;

import static calico.confd.Resources.CONFIRMED;
import static calico.confd.Resources.block;
import static calico.confd.Resources.configuration;
import static calico.confd.Resources.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.ipam.BlockAffinity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** States and their configurations, each of which the real BIRD accepts. */
class BirdConfigTest {
  private static final Path RESOURCES = Path.of("src/test/resources/calico/confd");

  @TempDir Path directory;

  @ParameterizedTest
  @MethodSource("calico.confd.BgpStates#all")
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
    assertEquals(
        BirdConfig.render(BgpStates.mesh().build(), "n1"),
        BirdConfig.render(BgpStates.mesh().build(), "n1"));
  }

  @Test
  void otherNodesBlocksChangeNothing() {
    BgpState.Builder changed = BgpStates.mesh();
    changed.update(block("n2", "10.65.7.0/26"), CONFIRMED);
    assertEquals(
        BirdConfig.render(BgpStates.mesh().build(), "n1"),
        BirdConfig.render(changed.build(), "n1"));
  }

  @Test
  void releasedBlocksGo() {
    BgpState.Builder changed = BgpStates.mesh();
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
        BgpStates.mesh()
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
    String text =
        BirdConfig.of(state, ConfdConfig.from("n1", environment, secrets, Optional::empty)).text();
    assertTrue(text.contains("router id 7.7.7.7;"), text);
    assertTrue(text.contains("route 10.100.0.0/16 blackhole;"), text);
    assertTrue(text.contains("route fd97::/108 blackhole;"), text);
    assertFalse(text.contains("10.96.0.0/12"), text);

    Map<String, String> hashed = Map.of("CALICO_ROUTER_ID", "hash");
    assertTrue(
        BirdConfig.of(state, ConfdConfig.from("n1", hashed, secrets, Optional::empty))
            .text()
            .contains("router id " + RouterId.ofName("n1") + ";"));
    Map<String, String> wrong = Map.of("CALICO_ROUTER_ID", "fd00::1");
    assertEquals(
        BirdConfig.render(state, "n1"),
        BirdConfig.of(state, ConfdConfig.from("n1", wrong, secrets, Optional::empty)).text());
  }

  @Test
  void namesCannotEndAComment() {
    BgpState state =
        new BgpState.Builder("n1").put(node("n1", "10.0.0.1/24", "fd00::1/64")).build();
    assertFalse(
        BirdConfig.render(state, "x\nlog syslog all;").lines().anyMatch("log syslog all;"::equals));
  }

  @Test
  void withPodCidrsTheNodesPrefixesAreThoseOfKubernetes() {
    Map<String, Object> status =
        Map.of("podCIDRs", List.of("10.65.32.0/24", "fd65::20:0/112", "x"));
    BgpState state =
        BgpStates.mesh()
            .put(Resources.node("n1", "10.0.0.1/24", "fd00::1/64").withStatus(status))
            .build();
    Map<String, String> environment = Map.of("USE_POD_CIDR", "true");
    BgpConfig config =
        BirdConfig.of(
            state, ConfdConfig.from("n1", environment, Path.of("secrets"), Optional::empty));
    assertTrue(config.text().contains("  route 10.65.32.0/24 blackhole;"), config.text());
    assertTrue(config.text().contains("  route fd65::20:0/112 blackhole;"), config.text());
    assertFalse(config.text().contains("10.65.0.64/26"), config.text());
    assertEquals(
        "[Node(n1): status.podCIDRs = 'x': expected a prefix]", config.faults().toString());
  }
}
