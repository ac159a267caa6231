package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.monitor.WireguardDevice;
import calico.model.Ip;
import calico.netlink.wireguard.Device;
import calico.netlink.wireguard.Key;
import calico.netlink.wireguard.Peer;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is told of WireGuard's devices. */
class WireguardTrafficTest {
  private static final Key OWN = key('A');
  private static final Key FIRST = key('B');
  private static final Key SECOND = key('C');
  private static final Key SILENT = key('D');

  private static Key key(char letter) {
    return new Key((letter + "").repeat(42) + "A=");
  }

  private static Peer peer(Key key, String address) {
    return new Peer(
        key, new InetSocketAddress(Ip.parse(address).toInetAddress(), 51820), 0, Set.of());
  }

  @Test
  void eachPeerIsToldWithItsTraffic() {
    Device device =
        new Device(
            OWN,
            new Device.Settings(51820, 0),
            List.of(
                peer(FIRST, "192.0.2.1"),
                peer(SECOND, "2001:db8::2"),
                new Peer(SILENT, null, 0, Set.of())),
            Map.of(FIRST, new Device.Traffic(1700, 3, 4), SECOND, new Device.Traffic(1800, 5, 6)));
    assertEquals(
        new WireguardDevice(
            "wireguard.cali",
            OWN.base64(),
            51820,
            List.of(
                new WireguardDevice.Peer(FIRST.base64(), "192.0.2.1:51820", 1700, 3, 4),
                new WireguardDevice.Peer(SECOND.base64(), "[2001:db8::2]:51820", 1800, 5, 6),
                new WireguardDevice.Peer(SILENT.base64(), "", 0, 0, 0))),
        WireguardTraffic.device("wireguard.cali", device));
  }

  @Test
  void withoutWireguardThereIsNothing() {
    assertEquals(List.of(), new WireguardTraffic(WireguardConfig.defaults()).get());
  }
}
