package calico.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Family;
import calico.model.InterfaceAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The golden files are fabrics of three nodes: two in the first rack, one in the second. */
class FabricTest {
  private static final Path GOLDEN = Path.of("src/test/resources/calico/sandbox");
  private static final int MAX_INTERFACE_NAME = 15;

  @Test
  void rendersRouters() throws IOException {
    Map<FabricKind, List<String>> routers =
        Map.of(
            FabricKind.L3, List.of("rack1", "rack2"),
            FabricKind.LEAF_SPINE, List.of("leaf1-a", "leaf2-b", "spine-b"));
    for (FabricKind kind : routers.keySet()) {
      Fabric fabric = Fabric.of(kind, 3);
      for (String name : routers.get(kind)) {
        assertEquals(golden(name + ".conf"), RouterConfig.render(fabric, router(fabric, name)));
      }
    }
  }

  @Test
  void aRouterKnowsNothingOfNodesThatDoNotSpeakBgp() throws IOException {
    Fabric fabric = Fabric.of(FabricKind.L3, 3).withoutNodeSessions();
    String text = RouterConfig.render(fabric, router(fabric, "rack1"));
    assertEquals(golden("rack1-without-nodes.conf"), text);
    assertEquals(4, fabric.sessionEnds(false));
  }

  @Test
  void rendersTheClustersResources() throws IOException {
    assertEquals(golden("l3.yaml"), FabricResources.yaml(Fabric.of(FabricKind.L3, 3)));
    assertEquals(
        golden("leaf-spine.yaml"), FabricResources.yaml(Fabric.of(FabricKind.LEAF_SPINE, 3)));
  }

  @Test
  void oneSwitchHasNoRouters() {
    Fabric fabric = Fabric.of(FabricKind.L2, 3);
    assertEquals(List.of(), fabric.routers());
    assertEquals(12, fabric.sessionEnds(true), "a mesh of three, twice, counted at both ends");
    assertEquals(0, fabric.sessionEnds(false));
    assertEquals("172.30.0.13", fabric.node(3).ip(Family.IPV4).toString());
    assertEquals(Set.of("switch"), fabric.gateways().keySet());
  }

  @Test
  void racksHaveFourNodesAndThereAreTwoWherePossible() {
    Map<Integer, List<Integer>> racks =
        Map.of(
            1, List.of(1),
            2, List.of(1, 2),
            3, List.of(1, 1, 2),
            9, List.of(1, 1, 1, 2, 2, 2, 3, 3, 3));
    racks.forEach(
        (nodes, expected) ->
            assertEquals(
                expected,
                Fabric.of(FabricKind.L3, nodes).nodes().stream().map(Fabric.Node::rack).toList()));
    assertEquals(5, Fabric.of(FabricKind.LEAF_SPINE, 20).nodes().getLast().rack());
  }

  @Test
  void eachNodeHasASessionInEachPlane() {
    Fabric fabric = Fabric.of(FabricKind.LEAF_SPINE, 20);
    for (Fabric.Node node : fabric.nodes()) {
      assertEquals(
          List.of("leaf" + node.rack() + "-a", "leaf" + node.rack() + "-b"),
          fabric.sessionsOf(node.name()).map(s -> s.b().device()).toList());
    }
    assertEquals(
        List.of("spine-a", "spine-b"), fabric.spines().stream().map(Fabric.Router::name).toList());
    assertEquals(4 * (2 * 20 + 2 * 5), fabric.sessionEnds(true));
  }

  @ParameterizedTest
  @EnumSource
  void noAddressIsUsedTwiceAndEachLinkIsASubnet(FabricKind kind) {
    Fabric fabric = Fabric.of(kind, 100);
    List<Fabric.Addresses> all =
        Stream.concat(
                fabric.gateways().values().stream(),
                fabric.cables().stream()
                    .flatMap(c -> Stream.of(c.a(), c.b()))
                    .flatMap(p -> Stream.ofNullable(p.addresses())))
            .toList();
    for (Family family : Family.values()) {
      List<InterfaceAddress> ofFamily = all.stream().map(a -> a.of(family)).toList();
      Set<Object> distinct = ofFamily.stream().map(a -> a.ip()).collect(Collectors.toSet());
      assertEquals(ofFamily.size(), distinct.size());
    }
    for (Fabric.Session session : fabric.sessions()) {
      for (Family family : Family.values()) {
        assertEquals(
            session.a().addresses().of(family).network(),
            session.b().addresses().of(family).network(),
            session.toString());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void interfacesHaveNamesThatTheKernelTakes(FabricKind kind) {
    Fabric fabric = Fabric.of(kind, 100);
    Set<String> seen = new HashSet<>();
    for (Fabric.Cable cable : fabric.cables()) {
      for (Fabric.Port port : List.of(cable.a(), cable.b())) {
        assertTrue(port.name().length() <= MAX_INTERFACE_NAME, port.name());
        assertTrue(seen.add(port.device() + " " + port.name()), port.toString());
      }
    }
  }

  @Test
  void kindsHaveTheNamesOfTheCommandLine() {
    for (FabricKind kind : FabricKind.values()) {
      assertEquals(kind, FabricKind.of(kind.toString()));
    }
    assertEquals(FabricKind.LEAF_SPINE, FabricKind.of("leaf-spine"));
    assertThrows(IllegalArgumentException.class, () -> FabricKind.of("ring"));
  }

  private static Fabric.Router router(Fabric fabric, String name) {
    return fabric.routers().stream().filter(r -> r.name().equals(name)).findFirst().orElseThrow();
  }

  private static String golden(String name) throws IOException {
    return Files.readString(GOLDEN.resolve(name));
  }
}
