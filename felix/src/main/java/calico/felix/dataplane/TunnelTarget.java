package calico.felix.dataplane;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.route.Address;
import calico.netlink.route.Link;
import calico.netlink.route.Mac;
import calico.netlink.route.Rtnetlink;
import calico.netlink.wireguard.Device;
import calico.netlink.wireguard.Wireguard;
import calico.reconcile.Target;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tunnel devices of this node, by name. A VXLAN device with other settings than the desired is
 * made anew, for it cannot change them. IPIP's device is the kernel's: it is only set up, and down
 * again. A WireGuard device keeps its private key, which it is given here and nobody else has, as
 * long as it lives.
 */
final class TunnelTarget implements Target<String, TunnelDevice> {
  private static final int EOPNOTSUPP = 95;

  private final Rtnetlink rtnetlink;
  private final Wireguard wireguard;
  private final OverlayConfig config;
  private final Map<String, String> publicKeys = new HashMap<>();

  TunnelTarget(Rtnetlink rtnetlink, Wireguard wireguard, OverlayConfig config) {
    this.rtnetlink = rtnetlink;
    this.wireguard = wireguard;
    this.config = config;
  }

  /** The public keys, base64, of the WireGuard devices that are up, by name. */
  Map<String, String> publicKeys() {
    return publicKeys;
  }

  @Override
  public Map<String, TunnelDevice> list() {
    Map<String, TunnelDevice> found = new HashMap<>();
    publicKeys.clear();
    for (String name : config.tunnels()) {
      Link link = rtnetlink.link(name).orElse(null);
      if (link != null && isOurs(link)) {
        Mac mac = link.vxlan() == null ? null : link.mac();
        found.put(
            name,
            new TunnelDevice(
                link.kind(),
                link.vxlan(),
                link.kind().equals(TunnelDevice.KIND_WIREGUARD) ? settings(link) : null,
                mac,
                link.mtu(),
                addresses(link).keySet(),
                link.up()));
      }
    }
    return found;
  }

  private Device.@Nullable Settings settings(Link link) {
    Device device = wireguard.device(link.name()).orElse(null);
    if (device == null || device.key() == null) {
      return null;
    }
    if (link.up()) {
      publicKeys.put(link.name(), device.key().base64());
    }
    return device.settings();
  }

  /** An IPIP device that is down is as the kernel made it. */
  private boolean isOurs(Link link) {
    return link.kind().equals(kind(link.name()))
        && (!link.name().equals(TunnelDevice.IPIP) || link.up());
  }

  private String kind(String name) {
    return TunnelDevice.isVxlan(name)
        ? TunnelDevice.KIND_VXLAN
        : name.equals(TunnelDevice.IPIP) ? TunnelDevice.KIND_IPIP : TunnelDevice.KIND_WIREGUARD;
  }

  /** Those that are not of the link alone. */
  private Map<Cidr, Address> addresses(Link link) {
    Map<Cidr, Address> found = new HashMap<>();
    for (Address address : rtnetlink.addresses(link.index())) {
      if (!address.address().isLinkLocalAddress()) {
        found.put(new Cidr(Ip.of(address.address()), address.prefixLength()), address);
      }
    }
    return found;
  }

  @Override
  public Map<String, Exception> apply(Map<String, TunnelDevice> updates, Set<String> deletions) {
    Map<String, Exception> failed = new HashMap<>();
    for (String name : deletions) {
      attempt(name, failed, () -> rtnetlink.link(name).ifPresent(this::remove));
    }
    updates.forEach((name, device) -> attempt(name, failed, () -> write(name, device)));
    return failed;
  }

  private static void attempt(String name, Map<String, Exception> failed, Runnable action) {
    try {
      action.run();
    } catch (NetlinkException | IllegalStateException e) {
      failed.put(name, e);
    }
  }

  private void remove(Link link) {
    if (link.name().equals(TunnelDevice.IPIP)) {
      addresses(link).values().forEach(rtnetlink::delete);
      rtnetlink.setDown(link.index());
    } else if (isOurs(link)) {
      rtnetlink.delete(link.index());
      publicKeys.remove(link.name());
    }
  }

  private void write(String name, TunnelDevice device) {
    Link link = rtnetlink.link(name).orElse(null);
    if (link != null && !link.kind().equals(device.kind())) {
      throw new IllegalStateException(
          "interface " + name + " is of kind '" + link.kind() + "' and not ours: rename it");
    }
    if (link != null && !Objects.equals(link.vxlan(), device.vxlan())) {
      rtnetlink.delete(link.index());
      link = null;
    }
    Link made = link == null ? create(name, device) : link;
    if (device.wireguard() != null) {
      configure(name, device.wireguard());
    }
    if (device.mac() != null && !device.mac().equals(made.mac())) {
      rtnetlink.setMac(made.index(), device.mac());
    }
    if (made.mtu() != device.mtu()) {
      rtnetlink.setMtu(made.index(), device.mtu());
    }
    Map<Cidr, Address> before = addresses(made);
    Set<Cidr> added = new HashSet<>(device.addresses());
    added.removeAll(before.keySet());
    // First the new ones: without any the kernel forgets the device's routes.
    added.forEach(
        c -> rtnetlink.add(Address.of(made.index(), c.address().toInetAddress(), c.length())));
    before.forEach(
        (cidr, address) -> {
          if (!device.addresses().contains(cidr)) {
            rtnetlink.delete(address);
          }
        });
    rtnetlink.setUp(made.index());
    if (device.wireguard() != null) {
      wireguard.device(name).map(Device::key).ifPresent(key -> publicKeys.put(name, key.base64()));
    }
  }

  private void configure(String name, Device.Settings settings) {
    Device there = wireguard.device(name).orElse(null);
    if (there == null || there.key() == null) {
      wireguard.configure(name, settings, true);
    } else if (!settings.equals(there.settings())) {
      wireguard.configure(name, settings, false);
    }
  }

  private Link create(String name, TunnelDevice device) {
    Link.@Nullable Vxlan vxlan = device.vxlan();
    try {
      if (vxlan != null) {
        rtnetlink.createVxlan(name, device.mac(), device.mtu(), vxlan);
      } else {
        rtnetlink.create(name, device.kind(), device.mtu());
      }
    } catch (NetlinkException e) {
      if (e.errno() == EOPNOTSUPP) {
        throw new IllegalStateException(
            "the kernel cannot make "
                + name
                + ": it lacks the module "
                + device.kind()
                + "; load it, or "
                + otherwise(name),
            e);
      }
      boolean ipip = device.kind().equals(TunnelDevice.KIND_IPIP);
      if (!(ipip && e.errno() == Errno.EEXIST)) { // loading the module has made it
        throw e;
      }
    }
    Optional<Link> made = rtnetlink.link(name);
    return made.orElseThrow(
        () -> new IllegalStateException("interface " + name + " has gone while it was set up"));
  }

  /** How to do without a device. */
  private String otherwise(String name) {
    Family family = config.wireguard().familyOf(name);
    return family == null
        ? "let no IPPool use it"
        : "set "
            + WireguardConfig.field(family)
            + " of the FelixConfiguration to false; until then packets to other nodes are not"
            + " encrypted";
  }
}
