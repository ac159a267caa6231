package calico.netlink.wireguard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.TestNetns;
import calico.netlink.route.Rtnetlink;
import calico.netlink.wireguard.Wireguard.PeerChange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** On a kernel with WireGuard: what is written is read back. On one without: it says so. */
class WireguardTest {
  private static final String DEVICE = "wireguard.cali";

  private final TestNetns netns = new TestNetns();
  private final Rtnetlink rtnetlink = Rtnetlink.open(netns.netns());
  private final Wireguard wireguard = new Wireguard();

  @AfterEach
  void close() {
    wireguard.close();
    rtnetlink.close();
    netns.close();
  }

  private boolean known() {
    try {
      rtnetlink.create(DEVICE, "wireguard", 1420);
      return true;
    } catch (NetlinkException _) {
      return false;
    }
  }

  private static Key key(int octet) {
    byte[] bytes = new byte[Key.LENGTH];
    Arrays.fill(bytes, (byte) octet);
    return Key.of(bytes);
  }

  private static Peer peer(int number, String... prefixes) {
    Set<Peer.Prefix> allowed = new HashSet<>();
    for (String prefix : prefixes) {
      allowed.add(new Peer.Prefix(InetAddress.ofLiteral(prefix), 32));
    }
    InetAddress address = InetAddress.ofLiteral("192.0.2." + number);
    return new Peer(key(number), new InetSocketAddress(address, 51820), 25, allowed);
  }

  private Device device() {
    return netns.netns().call(() -> wireguard.device(DEVICE).orElseThrow());
  }

  private void apply(PeerChange... changes) {
    netns.netns().run(() -> wireguard.apply(DEVICE, List.of(changes)).forEach(e -> assertNull(e)));
  }

  @Test
  void whatIsWrittenIsReadBack() {
    assumeTrue(known(), "the kernel has no WireGuard");
    assertNull(device().key());
    Device.Settings settings = new Device.Settings(51820, 0x200000);
    netns.netns().run(() -> wireguard.configure(DEVICE, settings, true));
    Key key = device().key();
    assertNotNull(key);
    assertEquals(settings, device().settings());
    netns.netns().run(() -> wireguard.configure(DEVICE, new Device.Settings(51999, 0), false));
    assertEquals(key, device().key(), "a device keeps its key");
    Peer first = peer(2, "10.65.2.1", "10.65.2.2");
    Peer second = peer(3, "10.65.3.1");
    apply(new PeerChange.Put(first, null), new PeerChange.Put(second, null));
    assertEquals(Set.of(first, second), Set.copyOf(device().peers()));
    Peer fewer = peer(2, "10.65.2.2");
    Peer more = peer(3, "10.65.3.1", "10.65.2.1");
    apply(new PeerChange.Put(fewer, first), new PeerChange.Put(more, second));
    assertEquals(Set.of(fewer, more), Set.copyOf(device().peers()));
    apply(new PeerChange.Remove(fewer.key()), new PeerChange.Remove(key(9)));
    assertEquals(List.of(more), device().peers());
    assertTrue(
        netns.netns().call(() -> wireguard.device("lo")).isEmpty(), "that is of another kind");
  }

  @Test
  void aKernelWithoutSaysSo() {
    assumeTrue(!known(), "the kernel has WireGuard");
    NetlinkException e =
        assertThrows(
            NetlinkException.class, () -> netns.netns().run(() -> wireguard.device(DEVICE)));
    assertEquals(Errno.ENOENT, e.errno());
  }
}
