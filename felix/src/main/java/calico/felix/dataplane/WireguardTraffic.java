package calico.felix.dataplane;

import calico.felix.monitor.WireguardDevice;
import calico.model.Ip;
import calico.netlink.NetlinkException;
import calico.netlink.wireguard.Device;
import calico.netlink.wireguard.Device.Traffic;
import calico.netlink.wireguard.Key;
import calico.netlink.wireguard.Peer;
import calico.netlink.wireguard.Wireguard;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Our WireGuard devices as the kernel says they are whenever somebody asks; for any thread. */
final class WireguardTraffic implements Supplier<List<WireguardDevice>> {
  private static final Logger LOG = LoggerFactory.getLogger(WireguardTraffic.class);

  private final WireguardConfig config;

  WireguardTraffic(WireguardConfig config) {
    this.config = config;
  }

  /** Nothing if the kernel cannot tell; that is reported where devices are made. */
  @Override
  public List<WireguardDevice> get() {
    List<WireguardDevice> found = new ArrayList<>();
    try (Wireguard wireguard = new Wireguard()) {
      config.families().stream()
          .sorted()
          .map(family -> config.device(family).name())
          .forEach(
              name -> wireguard.device(name).ifPresent(device -> found.add(device(name, device))));
    } catch (NetlinkException e) {
      LOG.debug("WireGuard cannot be asked: {}", e.getMessage());
    }
    return found;
  }

  static WireguardDevice device(String name, Device device) {
    Key own = device.key();
    return new WireguardDevice(
        name,
        own == null ? "" : own.base64(),
        device.settings().port(),
        device.peers().stream().map(peer -> peer(peer, device.traffic().get(peer.key()))).toList());
  }

  private static WireguardDevice.Peer peer(Peer peer, @Nullable Traffic traffic) {
    Traffic known = traffic == null ? new Traffic(0, 0, 0) : traffic;
    InetSocketAddress at = peer.endpoint();
    return new WireguardDevice.Peer(
        peer.key().base64(),
        at == null ? "" : text(at),
        known.handshakeSeconds(),
        known.receivedBytes(),
        known.sentBytes());
  }

  /** As in {@code 192.0.2.1:51820} and {@code [2001:db8::1]:51820}. */
  private static String text(InetSocketAddress at) {
    String address = Ip.of(at.getAddress()).toString();
    return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + at.getPort();
  }
}
