package calico.netlink.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.netlink.TestNetns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On real flows, checked against what {@code conntrack} prints. */
class ConntrackTest {
  private final TestNetns ns = new TestNetns();
  private final Conntrack conntrack = Conntrack.open(ns.netns());

  ConntrackTest() {
    ns.run("ip", "link", "set", "lo", "up");
    for (String family : new String[] {"ip", "ip6"}) {
      // The kernel only tracks once a rule asks for it.
      ns.run("nft", "add table " + family + " t");
      ns.run("nft", "add chain " + family + " t c { type filter hook output priority 0 ; }");
      ns.run("nft", "add rule " + family + " t c ct state new accept");
      ns.run("nft", "add chain " + family + " t n { type nat hook output priority -100 ; }");
    }
  }

  @AfterEach
  void close() {
    conntrack.close();
    ns.close();
  }

  private static InetAddress ip(String text) {
    return InetAddress.ofLiteral(text);
  }

  /** One datagram, from an address of the loopback interface to another. */
  private void send(String from, String to) {
    ns.netns()
        .run(
            () -> {
              try (DatagramSocket socket = bound(new InetSocketAddress(ip(from), 0))) {
                socket.send(new DatagramPacket(new byte[1], 1, ip(to), 9));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  /** A new IPv6 address can be used a moment after it has been added, even that of a loopback. */
  private static DatagramSocket bound(InetSocketAddress from) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (true) {
      try {
        return new DatagramSocket(from);
      } catch (BindException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
    }
  }

  private String flows() {
    return ns.run("conntrack", "-L"); // of both families
  }

  @ParameterizedTest
  @CsvSource({"10.1.0.1,10.1.0.2,10.1.0.3,32", "fd01::1,fd01::2,fd01::3,128"})
  void flowsFromAndToAnAddressAreForgotten(String a, String b, String c, int length) {
    for (String address : new String[] {a, b, c}) {
      ns.run("ip", "addr", "add", address + "/" + length, "dev", "lo");
    }
    send(a, b);
    send(b, a);
    send(b, c);
    assertTrue(flows().contains("src=" + a + " dst=" + b), flows());
    assertEquals(2, conntrack.deleteFlows(List.of(ip(a))));
    String left = flows();
    assertFalse(left.contains("=" + a + " "), left);
    assertTrue(left.contains("src=" + b + " dst=" + c), left);
    assertEquals(0, conntrack.deleteFlows(List.of(ip(a))));
  }

  @Test
  void aFlowToATranslatedAddressIsThatOfWhoAnswers() {
    for (String address : new String[] {"10.1.0.1", "10.1.0.2"}) {
      ns.run("ip", "addr", "add", address + "/32", "dev", "lo");
    }
    ns.run("ip", "route", "add", "10.7.7.7", "dev", "lo");
    ns.run("nft", "add rule ip t n ip daddr 10.7.7.7 dnat to 10.1.0.2");
    send("10.1.0.1", "10.7.7.7");
    assertTrue(flows().contains("dst=10.7.7.7"), flows());
    assertEquals(0, conntrack.deleteFlows(List.of(ip("10.7.7.7"))));
    assertEquals(1, conntrack.deleteFlows(List.of(ip("10.1.0.2"))));
    assertFalse(flows().contains("10.7.7.7"), flows());
  }

  /** Of few IPv4 addresses the kernel looks the flows up, of many and of IPv6 it tells them all. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 40})
  void flowsOfManyAddressesAreForgottenAtOnce(int count) {
    List<InetAddress> forgotten = new ArrayList<>();
    for (int i = 1; i <= count + 1; i++) {
      for (String[] pair : new String[][] {{"10.1.0.", "32"}, {"fd01::", "128"}}) {
        ns.run("ip", "addr", "add", pair[0] + i + "/" + pair[1], "dev", "lo");
        send(pair[0] + i, pair[0] + 1);
        if (i > 1) {
          forgotten.add(ip(pair[0] + i));
        }
      }
    }
    assertEquals(2 * count, conntrack.deleteFlows(forgotten));
    String left = flows();
    assertTrue(left.contains("src=10.1.0.1 dst=10.1.0.1 "), left);
    assertTrue(left.contains("src=fd01::1 dst=fd01::1 "), left);
    assertEquals(2, left.lines().count() - 1, left);
    assertEquals(0, conntrack.deleteFlows(List.of()));
  }
}
