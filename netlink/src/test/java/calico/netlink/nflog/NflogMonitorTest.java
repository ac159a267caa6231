package calico.netlink.nflog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.netlink.NetlinkException;
import calico.netlink.TestNetns;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class NflogMonitorTest {
  private static final int GROUP = 77;

  @Test
  void readsThePacketsThatARuleLogs() throws Exception {
    List<LoggedPacket> seen = new CopyOnWriteArrayList<>();
    try (TestNetns ns = new TestNetns()) {
      ns.run("ip", "link", "set", "lo", "up");
      ns.run("nft", "add table ip t");
      ns.run("nft", "add chain ip t c { type filter hook input priority 0 ; }");
      ns.run("nft", "add rule ip t c udp dport 4242 log prefix \"why not\" group 77");
      try (NflogMonitor _ = NflogMonitor.start(ns.netns(), GROUP, seen::add, () -> {})) {
        ns.netns().run(() -> send("127.0.0.1", 4242));
        TestNetns.await("a logged packet", () -> !seen.isEmpty());
        LoggedPacket packet = seen.getFirst();
        assertEquals("why not", packet.prefix());
        assertEquals(1, packet.inputInterface());
        assertEquals(0, packet.outputInterface());
        byte[] payload = packet.payload();
        assertEquals(0x45, payload[0]);
        assertEquals("hello", new String(payload, 28, 5, StandardCharsets.UTF_8));
        assertEquals("[127, 0, 0, 1]", Arrays.toString(Arrays.copyOfRange(payload, 16, 20)));
      }
    }
  }

  @Test
  void aGroupHasOneReader() {
    try (TestNetns ns = new TestNetns();
        NflogMonitor _ = NflogMonitor.start(ns.netns(), GROUP, _ -> {}, () -> {})) {
      var e =
          assertThrows(
              NetlinkException.class,
              () -> NflogMonitor.start(ns.netns(), GROUP, _ -> {}, () -> {}).close());
      assertEquals(1, e.errno(), e.toString());
    }
  }

  private static void send(String address, int port) {
    byte[] text = "hello".getBytes(StandardCharsets.UTF_8);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.send(new DatagramPacket(text, text.length, InetAddress.getByName(address), port));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
