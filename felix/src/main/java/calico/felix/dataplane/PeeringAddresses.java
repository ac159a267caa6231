package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.route.Address;
import calico.netlink.route.Rtnetlink;
import calico.netlink.route.Scope;
import calico.reconcile.Reconciler;
import calico.reconcile.Target;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The addresses at which this node speaks BGP with workloads, on the workloads' interfaces. */
final class PeeringAddresses {

  /** One address of one interface; there is nothing more to it, so its value is always true. */
  record Key(int interfaceIndex, Ip address) {}

  /**
   * Ours are the addresses of full length on workloads' interfaces; of IPv4 those that are good for
   * the link alone, which in IPv6 the address itself says.
   */
  record Kept(Rtnetlink rtnetlink, DataplaneConfig config, Interfaces interfaces)
      implements Target<Key, Boolean> {

    private static Address address(Key key) {
      Ip ip = key.address();
      int flags = ip.family() == Family.IPV6 ? Address.NO_DAD : 0;
      int length = ip.toCidr().length();
      return new Address(key.interfaceIndex(), ip.toInetAddress(), length, Scope.LINK, flags);
    }

    @Override
    public Map<Key, Boolean> list() {
      Map<Key, Boolean> found = new HashMap<>();
      for (Address address : rtnetlink.addresses()) {
        Interface i = interfaces.withIndex(address.interfaceIndex());
        Ip ip = Ip.of(address.address());
        if (i != null
            && config.isWorkload(i.name())
            && (address.scope() == Scope.LINK || ip.family() == Family.IPV6)
            && address.prefixLength() == ip.toCidr().length()) {
          found.put(new Key(i.index(), ip), true);
        }
      }
      return found;
    }

    @Override
    public Map<Key, Exception> apply(Map<Key, Boolean> updates, Set<Key> deletions) {
      Map<Key, Exception> failed = new HashMap<>();
      for (Key key : deletions) {
        try {
          rtnetlink.delete(address(key));
        } catch (NetlinkException e) {
          if (e.errno() != Errno.EADDRNOTAVAIL && e.errno() != Errno.ENODEV) {
            failed.put(key, e);
          }
        }
      }
      for (Key key : updates.keySet()) {
        try {
          rtnetlink.add(address(key));
        } catch (NetlinkException e) {
          if (e.errno() != Errno.EEXIST) {
            failed.put(key, e);
          }
        }
      }
      return failed;
    }
  }

  private final Reconciler<Key, Boolean> addresses;
  private final Map<String, Set<Key>> byInterface = new HashMap<>();

  PeeringAddresses(Reconciler<Key, Boolean> addresses) {
    this.addresses = addresses;
  }

  Reconciler<Key, Boolean> addresses() {
    return addresses;
  }

  /** An interface has these addresses of the node's, and no others. */
  void put(String interfaceName, int interfaceIndex, Collection<Ip> wanted) {
    Set<Key> now = new HashSet<>();
    wanted.forEach(ip -> now.add(new Key(interfaceIndex, ip)));
    Set<Key> before =
        now.isEmpty() ? byInterface.remove(interfaceName) : byInterface.put(interfaceName, now);
    now.forEach(key -> addresses.desire(key, true));
    if (before != null) {
      before.stream().filter(key -> !now.contains(key)).forEach(addresses::undesire);
    }
  }

  /** The kernel may have forgotten what was on an interface. */
  void cameUp(String interfaceName) {
    byInterface.getOrDefault(interfaceName, Set.of()).forEach(key -> addresses.observed(key, null));
  }
}
