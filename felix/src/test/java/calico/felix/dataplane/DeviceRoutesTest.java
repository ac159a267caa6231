package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.dataplane.StatusListener.Condition;
import calico.felix.dataplane.StatusListener.State;
import calico.model.Family;
import calico.model.Ip;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Metric and source of the routes to workloads. */
class DeviceRoutesTest {
  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  private void start(String source, String source6) {
    node.lab.ip("host", "addr add 198.51.100.9/32 dev lo");
    node.lab.ip("host", "addr add 2001:db8:99::9/128 dev lo");
    node.config =
        node.config.withDeviceRoutes(
            new DeviceRoutes(
                80,
                Map.of(Family.IPV4, 700, Family.IPV6, 800),
                Map.of(),
                Duration.ZERO,
                Map.of(Family.IPV4, Ip.parse(source), Family.IPV6, Ip.parse(source6))));
    node.start();
  }

  private String route(String arguments) {
    return node.lab.ip("host", arguments).strip().replaceAll("\\s+", " ");
  }

  @Test
  void asConfigured() {
    start("198.51.100.9", "2001:db8:99::9");
    node.awaitUp(1);
    String ipv4 = "10.65.0.1 dev cali1 proto 80 scope link src 198.51.100.9 metric 700";
    assertEquals(ipv4, route("route show 10.65.0.1"));
    String ipv6 = "fd00:65::1 dev cali1 proto 80 src 2001:db8:99::9 metric 800 pref medium";
    assertEquals(ipv6, route("-6 route show fd00:65::1").replace("proto static", "proto 80"));
    node.traffic.serve(node.first, 8080);
    assertTrue(node.traffic.tcp(node.host, "10.65.0.1", 8080));

    node.lab.ip("host", "route del 10.65.0.1 metric 700");
    Lab.await("repaired", () -> route("route show 10.65.0.1").equals(ipv4));
  }

  @Test
  void aRestartTakesOverWithoutASource() {
    start("198.51.100.9", "2001:db8:99::9");
    node.awaitUp(1);
    node.stop();
    node.config =
        node.config.withDeviceRoutes(
            new DeviceRoutes(
                80, Map.of(Family.IPV4, 700, Family.IPV6, 800), Map.of(), Duration.ZERO, Map.of()));
    node.start();
    node.awaitUp(1);
    assertEquals(
        "10.65.0.1 dev cali1 proto 80 scope link metric 700", route("route show 10.65.0.1"));
  }

  @Test
  void othersMayMakeTheRoutes() {
    node.config = node.config.withRoutesOfOthers();
    node.start();
    node.awaitUp(1);
    assertEquals("", route("route show dev cali1"));
    node.lab.ip("host", "route add 10.65.0.2 dev cali2 proto static");
    node.traffic.serve(node.second, 8080);
    node.traffic.serve(node.second, 8081);
    node.lab.ip("host", "route add 10.65.0.1 dev cali1 proto static");
    assertTrue(node.traffic.tcp(node.first, "10.65.0.2", 8080), "policy is there");
    assertFalse(node.traffic.tcp(node.first, "10.65.0.2", 8081), "policy is there");
    node.stop();
    node.start();
    assertEquals("10.65.0.1 proto static scope link", route("route show dev cali1"));
  }

  @Test
  void aSourceThatIsNotTheHostsIsToldOf() {
    start("203.0.113.99", "2001:db8:99::9");
    Lab.await(
        "the endpoint is told of",
        () -> {
          Condition condition = node.conditions.getOrDefault(Node.endpoint(1), Condition.UP);
          return condition.state() == State.ERROR
              && condition.reason().startsWith("route 10.65.0.1/32");
        });
  }
}
