package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.RulesConfig;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.StateChange;
import calico.model.Cidr;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Interfaces of virtual machines: made by others, and without a carrier until the machine runs. */
class TapTest {
  /** What the kernel has for its interface, though nobody has set it but Felix. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "ipv4.conf.tap5.proxy_arp", "1",
          "ipv4.conf.tap5.route_localnet", "1",
          "ipv4.conf.tap5.forwarding", "1",
          "ipv4.neigh.tap5.proxy_delay", "0",
          "ipv6.conf.tap5.proxy_ndp", "1",
          "ipv6.conf.tap5.accept_ra", "0",
          "ipv6.conf.tap5.forwarding", "1");

  private final Node node = new Node();

  TapTest() {
    node.config =
        node.config.withRules(RulesConfig.defaults().withInterfacePrefixes(List.of("cali", "tap")));
    node.start();
  }

  @AfterEach
  void close() {
    node.close();
  }

  private void put() {
    node.apply(
        new StateChange.Put<>(
            Node.endpoint(5),
            new LocalEndpoint(
                "tap5",
                Node.mac(5),
                List.of(Cidr.parse("10.65.0.5/32")),
                List.of(),
                List.of(Node.OPEN))));
  }

  private void make() {
    node.lab.ip("host", "tuntap add tap5 mode tap");
    node.lab.ip("host", "link set tap5 up");
  }

  private void check() {
    node.awaitUp(5);
    String routes = node.lab.ip("host", "route");
    assertTrue(routes.contains("10.65.0.5 dev tap5"), routes);
    SETTINGS.forEach(
        (name, value) ->
            assertEquals(value, node.lab.run("host", "sysctl -n net." + name).strip(), name));
  }

  @Test
  void theInterfaceMayBeThereBeforeItsEndpoint() {
    make();
    try (Tap _ = new Tap(node.host, "tap5")) {
      put();
      check();
    }
    node.awaitDown(5);
    try (Tap _ = new Tap(node.host, "tap5")) {
      check();
    }
  }

  @Test
  void theEndpointMayBeThereBeforeItsInterface() {
    put();
    node.awaitDown(5);
    make();
    node.awaitDown(5);
    try (Tap _ = new Tap(node.host, "tap5")) {
      check();
    }
  }
}
