package calico.felix.dataplane;

import calico.model.Cidr;
import calico.model.Ip;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.route.Address;
import calico.netlink.route.Link;
import calico.netlink.route.Mac;
import calico.netlink.route.Rtnetlink;
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
 * again.
 */
final class TunnelTarget implements Target<String, TunnelDevice> {
  private static final int EOPNOTSUPP = 95;

  private final Rtnetlink rtnetlink;

  TunnelTarget(Rtnetlink rtnetlink) {
    this.rtnetlink = rtnetlink;
  }

  @Override
  public Map<String, TunnelDevice> list() {
    Map<String, TunnelDevice> found = new HashMap<>();
    for (String name : TunnelDevice.NAMES) {
      Link link = rtnetlink.link(name).orElse(null);
      if (link != null && isOurs(link)) {
        Mac mac = link.vxlan() == null ? null : link.mac();
        found.put(
            name,
            new TunnelDevice(link.vxlan(), mac, link.mtu(), addresses(link).keySet(), link.up()));
      }
    }
    return found;
  }

  /** An IPIP device that is down is as the kernel made it. */
  private static boolean isOurs(Link link) {
    return link.name().equals(TunnelDevice.IPIP) ? link.up() : link.vxlan() != null;
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
    }
  }

  private void write(String name, TunnelDevice device) {
    Link link = rtnetlink.link(name).orElse(null);
    if (link != null && !Objects.equals(link.vxlan(), device.vxlan())) {
      if (link.vxlan() == null) {
        throw new IllegalStateException(
            "interface " + name + " is of kind '" + link.kind() + "' and not ours: rename it");
      }
      rtnetlink.delete(link.index());
      link = null;
    }
    Link made = link == null ? create(name, device) : link;
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
  }

  private Link create(String name, TunnelDevice device) {
    Link.@Nullable Vxlan vxlan = device.vxlan();
    try {
      if (vxlan != null) {
        rtnetlink.createVxlan(name, device.mac(), device.mtu(), vxlan);
      } else {
        rtnetlink.create(name, "ipip", device.mtu());
      }
    } catch (NetlinkException e) {
      if (e.errno() == EOPNOTSUPP) {
        String kind = vxlan == null ? "ipip" : "vxlan";
        throw new IllegalStateException(
            "the kernel cannot make "
                + name
                + ": it lacks the module "
                + kind
                + "; load it, or let no IPPool use it",
            e);
      }
      if (!(vxlan == null && e.errno() == Errno.EEXIST)) { // loading the module has made it
        throw e;
      }
    }
    Optional<Link> made = rtnetlink.link(name);
    return made.orElseThrow(
        () -> new IllegalStateException("interface " + name + " has gone while it was set up"));
  }
}
