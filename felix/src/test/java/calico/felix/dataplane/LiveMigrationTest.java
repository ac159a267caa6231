package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.FloatingIp;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.Migration;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.TrafficLimits;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Virtual machines that come from another node, on the real kernel. */
class LiveMigrationTest {
  private static final StateKey.FloatingIpId FLOATING =
      new StateKey.FloatingIpId(Ip.parse("203.0.113.7"));
  private static final int ARP = 0x0806;
  private static final int RARP = 0x8035;

  private final Node node = new Node();
  private final Tap machine = new Tap(node.host, "cali5");

  LiveMigrationTest() {
    node.config =
        node.config
            .withDeviceRoutes(
                new DeviceRoutes(
                    3,
                    Map.of(Family.IPV4, 1024, Family.IPV6, 1025),
                    Map.of(Family.IPV4, 512, Family.IPV6, 513),
                    Duration.ofMillis(1500),
                    Map.of()))
            .withRules(node.config.rules().withFloatingIps(true));
    node.state.put(FLOATING, new FloatingIp(Ip.parse("10.65.0.5"), "cali5"));
    node.lab.ip("host", "link set cali5 up");
  }

  @AfterEach
  void close() {
    machine.close();
    node.close();
  }

  private static LocalEndpoint moving(int number, Migration migration) {
    LocalEndpoint plain = Node.local(number, List.of());
    return new LocalEndpoint(
        plain.interfaceName(),
        plain.mac(),
        plain.networks(),
        plain.tiers(),
        plain.profiles(),
        TrafficLimits.NONE,
        TrafficLimits.NONE,
        List.<Cidr>of(),
        migration);
  }

  private void put(int number, Migration migration) {
    node.apply(new StateChange.Put<>(Node.endpoint(number), moving(number, migration)));
    node.awaitUp(number);
  }

  /**
   * Metrics of the routes to the machine's addresses, also its floating one; 0 if there is none.
   */
  private List<Integer> metrics() {
    return List.of(
        metric("route show 10.65.0.5"),
        metric("route show 203.0.113.7"),
        metric("-6 route show fd00:65::5"));
  }

  private int metric(String command) {
    String route = node.lab.ip("host", command);
    if (route.lines().count() > 1) {
      return -1; // the new one comes before the old one goes
    }
    return route.isEmpty() ? 0 : Integer.parseInt(route.replaceAll("(?s).*metric (\\d+).*", "$1"));
  }

  private void awaitMetrics(int ipv4, int ipv6) {
    Lab.await(
        () -> "metrics " + ipv4 + " and " + ipv6 + ": " + metrics(),
        () -> metrics().equals(List.of(ipv4, ipv4, ipv6)));
  }

  private void announce(int etherType, String sender, String target) {
    ByteBuffer frame = ByteBuffer.allocate(60);
    byte[] mac = {10, 0, 0, 0, 0, 5};
    frame.put(new byte[] {-1, -1, -1, -1, -1, -1}).put(mac).putShort((short) etherType);
    frame.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4);
    frame.putShort((short) (etherType == RARP ? 3 : 1));
    frame.put(mac).put(Ip.parse(sender).toBytes());
    frame.put(new byte[6]).put(Ip.parse(target).toBytes());
    machine.send(frame.array());
  }

  @ParameterizedTest
  @ValueSource(ints = {ARP, RARP})
  void aMachineIsRoutedToWhenItSaysThatItRunsHere(int etherType) {
    node.start();
    put(5, Migration.TARGET);
    announce(ARP, "10.65.0.5", "169.254.1.1");
    announce(ARP, "10.65.0.5", "10.65.0.1");
    assertEquals(List.of(0, 0, 0), metrics(), "it only asked for somebody");
    announce(etherType, "10.65.0.5", etherType == ARP ? "10.65.0.5" : "0.0.0.0");
    awaitMetrics(512, 513);
    put(5, Migration.NONE);
    assertEquals(List.of(512, 512, 513), metrics(), "others still learn of it");
    awaitMetrics(1024, 1025);
    put(5, Migration.SOURCE);
    assertEquals(List.of(1024, 1024, 1025), metrics(), "it may leave again");
  }

  @Test
  void aMachineThatSaysNothingHasComeWhenTheMigrationIsOver() {
    node.start();
    put(5, Migration.TARGET);
    put(5, Migration.NONE);
    awaitMetrics(512, 513);
    awaitMetrics(1024, 1025);
  }

  @Test
  void whatWasRoutedHereIsNotAsLongAsItWillOnlyCome() {
    node.state.put(Node.endpoint(5), moving(5, Migration.NONE));
    node.start();
    awaitMetrics(1024, 1025);
    put(5, Migration.TARGET);
    assertEquals(List.of(0, 0, 0), metrics());
    node.apply(new StateChange.Removed(FLOATING), new StateChange.Removed(Node.endpoint(5)));
    Lab.await("the migration has failed", () -> !node.conditions.containsKey(Node.endpoint(5)));
    assertEquals(List.of(0, 0, 0), metrics());
  }

  @Test
  void backItHasItsUsualRoutesAtOnce() {
    node.start();
    put(5, Migration.TARGET);
    announce(ARP, "10.65.0.5", "10.65.0.5");
    awaitMetrics(512, 513);
    put(5, Migration.SOURCE);
    assertEquals(List.of(1024, 1024, 1025), metrics());
  }

  @Test
  void aRestartRemembersThatItRunsHere() {
    node.state.put(Node.endpoint(5), moving(5, Migration.TARGET));
    node.start();
    node.awaitUp(5);
    assertEquals(List.of(0, 0, 0), metrics());
    node.stop();
    node.start();
    assertEquals(List.of(0, 0, 0), metrics());
    announce(ARP, "10.65.0.5", "10.65.0.5");
    awaitMetrics(512, 513);
    node.stop();
    node.start();
    assertEquals(List.of(512, 512, 513), metrics());
  }

  @Test
  void itsConnectionsGoOnWhenItsRoutesBecomeUsualOnes() {
    node.state.put(Node.endpoint(2), moving(2, Migration.TARGET));
    node.start();
    node.apply(new StateChange.Put<>(Node.endpoint(2), moving(2, Migration.NONE)));
    node.traffic.serve(node.second, 8080);
    SocketChannel connection = node.traffic.connect(node.first, "10.65.0.2", 8080);
    assertNotNull(connection);
    String flow = node.lab.run("host", "conntrack -L -p tcp --dport 8080");
    assertTrue(flow.contains("ESTABLISHED"), flow);
    Lab.await(
        "the usual route",
        () -> node.lab.ip("host", "route show 10.65.0.2").contains("metric 1024"));
    assertTrue(
        node.lab.run("host", "conntrack -L -p tcp --dport 8080").contains("ESTABLISHED"),
        "not forgotten");
    assertTrue(Traffic.echoes(connection));
  }
}
