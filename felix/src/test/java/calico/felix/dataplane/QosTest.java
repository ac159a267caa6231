package calico.felix.dataplane;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.RulesConfig;
import calico.felix.rules.RulesConfig.EndpointToHost;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.StateChange;
import calico.felix.state.TrafficLimits;
import calico.felix.state.TrafficLimits.Bandwidth;
import calico.felix.state.TrafficLimits.PacketRate;
import calico.netlink.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Limits of packets, connections and bandwidth, with real traffic. */
class QosTest {
  private static final TrafficLimits SLOW = rate(null, new PacketRate(20, 5), 0);
  private static final TrafficLimits TWO = rate(null, null, 2);

  /** 2 Mbit per second after 16 kB. */
  private static final TrafficLimits NARROW =
      rate(new Bandwidth(2_000_000, 128_000, 0, 0), null, 0);

  private static final int BYTES = 200_000;

  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  private static TrafficLimits rate(
      @Nullable Bandwidth bandwidth, @Nullable PacketRate packets, long connections) {
    return new TrafficLimits(bandwidth, packets, connections);
  }

  private static LocalEndpoint limited(int number, TrafficLimits in, TrafficLimits out) {
    LocalEndpoint plain = Node.local(number, List.of());
    return new LocalEndpoint(
        plain.interfaceName(),
        plain.mac(),
        plain.networks(),
        plain.tiers(),
        plain.profiles(),
        in,
        out,
        List.of(),
        LocalEndpoint.Migration.NONE);
  }

  private void start(int number, TrafficLimits in, TrafficLimits out) {
    node.state.put(Node.endpoint(number), limited(number, in, out));
    node.config =
        node.config.withRules(RulesConfig.defaults().withEndpointToHost(EndpointToHost.ACCEPT));
    node.start();
    node.awaitUp(1);
    node.awaitUp(2);
    node.traffic.serve(node.second, 8080);
    node.traffic.serve(node.host, 8080);
  }

  private void put(int number, TrafficLimits in, TrafficLimits out) {
    node.apply(new StateChange.Put<>(Node.endpoint(number), limited(number, in, out)));
  }

  /** How many of forty datagrams are answered. */
  private static int answered(Netns from, String address) {
    return from.call(
        () -> {
          try (DatagramChannel channel = DatagramChannel.open()) {
            channel.connect(new InetSocketAddress(address, 8080));
            for (int i = 0; i < 40; i++) {
              channel.write(ByteBuffer.wrap(new byte[] {42}));
            }
            channel.socket().setSoTimeout(300);
            int count = 0;
            while (true) {
              try {
                channel.socket().receive(new DatagramPacket(new byte[1], 1));
                count++;
              } catch (SocketTimeoutException e) {
                return count;
              }
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static void assertFew(int answered) {
    assertTrue(1 <= answered && answered <= 15, answered + " of 40");
  }

  @Test
  void packetsAreCountedWhereverTheyGo() {
    start(1, TrafficLimits.NONE, SLOW);
    assertFew(answered(node.first, "10.65.0.2"));
    assertFew(answered(node.first, "fd00:65::2"));
    assertFew(answered(node.first, "198.51.100.1"));
    assertEquals(40, answered(node.host, "10.65.0.2"), "nobody limits this one");
    put(1, TrafficLimits.NONE, TrafficLimits.NONE);
    assertEquals(40, answered(node.first, "10.65.0.2"), "no longer limited");
    assertFalse(node.lab.nft("host", "list ruleset").contains("-rate"), "nothing is left");
  }

  @Test
  void answersAreCountedToo() {
    start(1, SLOW, TrafficLimits.NONE);
    assertFew(answered(node.first, "10.65.0.2"));
  }

  @Test
  void connectionsAboveTheLimitAreResetWhateverBecomesOfPolicy() throws IOException {
    start(2, TWO, TrafficLimits.NONE);
    SocketChannel kept = requireNonNull(node.traffic.connect(node.first, "10.65.0.2", 8080));
    assertNotNull(node.traffic.connect(node.first, "10.65.0.2", 8080));
    assertNull(node.traffic.connect(node.first, "10.65.0.2", 8080), "the third");
    LocalEndpoint again = limited(2, TWO, TrafficLimits.NONE);
    node.apply(
        new StateChange.Put<>(
            Node.endpoint(2),
            new LocalEndpoint(
                again.interfaceName(),
                again.mac(),
                again.networks(),
                List.of(
                    new LocalEndpoint.TierPolicies("default", true, List.of(Node.WEB), List.of())),
                again.profiles(),
                TWO,
                TrafficLimits.NONE,
                List.of(),
                LocalEndpoint.Migration.NONE)));
    assertNull(node.traffic.connect(node.first, "10.65.0.2", 8080), "still the third");
    assertTrue(Traffic.echoes(kept), "those within the limit go on");
    assertTrue(node.traffic.udp(node.first, "10.65.0.2", 8080), "not a connection");
    kept.close();
    Lab.await(
        "room for another", () -> node.traffic.connect(node.first, "10.65.0.2", 8080) != null);
  }

  /** How long it takes until all bytes have come back. */
  private Duration echo(Netns from, String address) {
    SocketChannel channel = requireNonNull(node.traffic.connect(from, address, 8080));
    long begin = System.nanoTime();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                channel.socket().getOutputStream().write(new byte[BYTES]);
                channel.shutdownOutput();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try {
      channel.socket().setSoTimeout(10_000);
      assertEquals(BYTES, channel.socket().getInputStream().readAllBytes().length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private void assertSlow(Netns from, String address) {
    // 184 kB at 250 kB/s are 736 ms.
    Duration time = echo(from, address);
    assertTrue(time.toMillis() > 500, time::toString);
  }

  private void assertFast(Netns from, String address) {
    Duration time = echo(from, address);
    assertTrue(time.toMillis() < 400, time::toString);
  }

  private String qdiscs() {
    return node.lab.run("host", "tc qdisc show");
  }

  @Test
  void whatAWorkloadSendsIsHeldBack() {
    start(1, TrafficLimits.NONE, NARROW);
    String device = ShaperTarget.device("cali1");
    assertTrue(qdiscs().contains("qdisc tbf ca11: dev " + device + " root"), qdiscs());
    assertSlow(node.first, "10.65.0.2");
    assertSlow(node.first, "fd00:65::2");
    put(1, TrafficLimits.NONE, TrafficLimits.NONE);
    assertFast(node.first, "10.65.0.2");
    assertFalse(qdiscs().contains("tbf") || qdiscs().contains("ingress"), qdiscs());
    assertFalse(node.lab.ip("host", "link").contains("bwcali"));
  }

  @Test
  void whatAWorkloadIsSentIsHeldBack() {
    start(2, NARROW, TrafficLimits.NONE);
    assertTrue(qdiscs().contains("qdisc tbf ca11: dev cali2 root"), qdiscs());
    assertSlow(node.first, "10.65.0.2");
    put(2, TrafficLimits.NONE, TrafficLimits.NONE);
    assertFast(node.first, "10.65.0.2");
    assertFalse(qdiscs().contains("tbf"), qdiscs());
  }

  @Test
  void aRestartTakesOverAndRemovesWhatIsNotWantedAnyMore() {
    start(1, NARROW, NARROW);
    node.stop();
    node.state.put(Node.endpoint(1), limited(1, NARROW, TrafficLimits.NONE));
    node.start();
    Lab.await("egress is free", () -> !node.lab.ip("host", "link").contains("bwcali"));
    assertTrue(qdiscs().contains("qdisc tbf ca11: dev cali1"), qdiscs());
    assertFalse(qdiscs().contains("ingress"), qdiscs());
  }

  @Test
  void aNewInterfaceOfTheSameNameIsLimitedToo() {
    start(1, NARROW, NARROW);
    node.lab.ip("host", "link del cali1");
    node.awaitDown(1);
    Lab.await("no device", () -> !node.lab.ip("host", "link").contains("bwcali"));
    node.connect(1);
    node.awaitUp(1);
    assertSlow(node.first, "10.65.0.2");
    assertTrue(qdiscs().contains("qdisc tbf ca11: dev cali1 root"), qdiscs());
    assertTrue(qdiscs().contains("qdisc ingress ffff: dev cali1"), qdiscs());
  }

  @Test
  void cleanupRemovesOursAlone() {
    node.lab.run("host", "tc qdisc add dev uplink root tbf rate 1mbit burst 10k latency 25ms");
    node.lab.run("host", "tc qdisc add dev cali2 root tbf rate 1mbit burst 10k latency 25ms");
    node.lab.ip("host", "link add bwcali0 type ifb");
    start(1, NARROW, NARROW);
    node.stop();
    node.host.run(() -> Cleanup.run(node.config));
    assertFalse(qdiscs().contains("ca11:") || qdiscs().contains("ingress"), qdiscs());
    assertFalse(node.lab.ip("host", "link").contains(ShaperTarget.device("cali1")));
    assertTrue(node.lab.ip("host", "link").contains("bwcali0"), "another's");
    assertTrue(qdiscs().contains("dev uplink root"), "another's");
    assertTrue(qdiscs().contains("dev cali2 root"), "another's");
  }
}
