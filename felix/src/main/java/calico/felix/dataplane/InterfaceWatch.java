package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.model.Ip;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.route.Address;
import calico.netlink.route.Link;
import calico.netlink.route.Neighbour;
import calico.netlink.route.NetworkEvent;
import calico.netlink.route.Rtnetlink;
import calico.reconcile.EventLoop;
import calico.reconcile.Mailbox;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@link Interfaces} up to date, on the dataplane's loop, and tells of each change, of
 * addresses too; also of routes, neighbours and forwarding entries that somebody deletes or
 * changes.
 */
final class InterfaceWatch {
  /**
   * When an interface goes down, the kernel tells of its routes first and of the interface after; a
   * route that goes for that reason is not to be made again.
   */
  private static final Duration SETTLE = Duration.ofMillis(10);

  /** An address that goes may be on its way back, as when an interface is restarted. */
  private static final Duration ADDRESS_LOST = Duration.ofMillis(100);

  /** After the kernel could not tell. */
  private static final Duration LIST_AGAIN = Duration.ofMillis(100);

  private static final Logger LOG = LoggerFactory.getLogger(InterfaceWatch.class);

  private final EventLoop loop;
  private final Rtnetlink rtnetlink;
  private final Interfaces interfaces;
  private final DataplaneConfig config;
  private final Listener listener;
  private final Mailbox<Integer, Seen> mailbox;

  /** Is told, on the loop, of what happened. */
  interface Listener {
    /** So many links are about to be told of at once. */
    default void batch(int links) {}

    /**
     * The interface came, went, or changed its state.
     *
     * @param cameUp whether it is up and was not before, if only for a moment
     */
    void changed(String name, boolean cameUp);

    /** The interface has other addresses than before. */
    void addressesChanged(String name);

    /** A route that may be a local endpoint's was deleted, perhaps by us. */
    void routeGone(LocalRoute.Key key);

    /**
     * A route that may be one to another node came, went or changed, or an address, a neighbour or
     * a forwarding entry did; perhaps by us.
     */
    void changed(NetworkEvent event);

    /** More has happened than was told of. */
    void lost();
  }

  /** What was seen of a link since the loop last looked. */
  private record Seen(Link link, boolean present, boolean wasDown) {
    static Seen of(Link link, boolean present) {
      return new Seen(link, present, !present || !isUp(link));
    }

    Seen then(Seen later) {
      return new Seen(later.link, later.present, wasDown || later.wasDown);
    }
  }

  InterfaceWatch(
      EventLoop loop,
      Rtnetlink rtnetlink,
      Interfaces interfaces,
      DataplaneConfig config,
      Listener listener) {
    this.loop = loop;
    this.rtnetlink = rtnetlink;
    this.interfaces = interfaces;
    this.config = config;
    this.listener = listener;
    this.mailbox = new Mailbox<>(Seen::then, loop, this::onSeen);
  }

  private static boolean isUp(Link link) {
    return link.up() && link.running();
  }

  /** Called on the monitor's thread. */
  void onEvent(NetworkEvent event) {
    switch (event) {
      case NetworkEvent.LinkEvent e ->
          mailbox.put(e.link().index(), Seen.of(e.link(), e.present()));
      case NetworkEvent.Overrun _ -> loop.execute(this::listAgain);
      case NetworkEvent.RouteEvent e
          when !e.present() && RouteTarget.mayBeOurs(e.route(), config.deviceRoutes()) ->
          loop.schedule(SETTLE, () -> listener.routeGone(RouteTarget.key(e.route())));
      case NetworkEvent.RouteEvent e when RemoteRouteTarget.mayBeOurs(e.route()) ->
          loop.schedule(SETTLE, () -> listener.changed(e));
      case NetworkEvent.AddressEvent e -> {
        Address address = e.address();
        if (e.present()) {
          loop.execute(() -> addressCame(address));
        } else {
          loop.schedule(ADDRESS_LOST, () -> listAddresses(address.interfaceIndex()));
        }
        loop.execute(() -> listener.changed(e));
      }
      case NetworkEvent.NeighbourEvent e
          when !e.present() || (e.neighbour().state() & Neighbour.PERMANENT) != 0 ->
          loop.schedule(SETTLE, () -> listener.changed(e));
      case NetworkEvent.ForwardingEvent e -> loop.schedule(SETTLE, () -> listener.changed(e));
      case NetworkEvent.RouteEvent _, NetworkEvent.NeighbourEvent _ -> {}
    }
  }

  private void addressCame(Address address) {
    Set<Ip> all = new HashSet<>(interfaces.listedAddresses(address.interfaceIndex()));
    all.add(Ip.of(address.address()));
    putAddresses(address.interfaceIndex(), all);
  }

  private void listAddresses(int index) {
    if (interfaces.withIndex(index) == null) {
      return;
    }
    Set<Ip> all = new HashSet<>();
    try {
      rtnetlink.addresses(index).forEach(address -> all.add(Ip.of(address.address())));
    } catch (NetlinkException e) {
      if (e.errno() != Errno.ENODEV) {
        LOG.warn("addresses cannot be listed; trying again: {}", e.toString());
        loop.schedule(LIST_AGAIN, () -> listAddresses(index));
        return;
      }
    }
    putAddresses(index, all);
  }

  private void putAddresses(int index, Set<Ip> all) {
    boolean changed = interfaces.putAddresses(index, all);
    Interface i = interfaces.withIndex(index);
    if (changed && i != null) {
      listener.addressesChanged(i.name());
    }
  }

  private void onSeen(Map<Integer, Seen> batch) {
    listener.batch(batch.size());
    batch.values().forEach(this::update);
  }

  private void update(Seen seen) {
    Link link = seen.link();
    Interface before = interfaces.withIndex(link.index());
    if (!seen.present()) {
      interfaces.remove(link.index());
      interfaces.putAddresses(link.index(), Set.of());
      if (before != null) {
        listener.changed(before.name(), false);
      }
      return;
    }
    boolean up = isUp(link);
    interfaces.put(link.index(), link.name(), up, link.mtu(), loop.nanoTime());
    boolean renamed = before != null && !before.name().equals(link.name());
    if (before != null && renamed) {
      listener.changed(before.name(), false);
    }
    boolean cameUp = up && (before == null || renamed || !before.up() || seen.wasDown());
    if (before == null || renamed || before.up() != up || cameUp || before.mtu() != link.mtu()) {
      listener.changed(link.name(), cameUp);
    }
  }

  /** Looks at all that there is, now on the loop and from time to time. */
  void start() {
    list();
    Duration interval = config.interfaces().refreshInterval();
    if (interval.isPositive()) {
      loop.schedule(interval, this::start);
    }
  }

  /** Looks at all links and addresses; what is not there any more has gone. */
  private void list() {
    if (!tryList()) {
      loop.schedule(LIST_AGAIN, this::listAgain);
    }
  }

  /** The same, after something has been missed. */
  private void listAgain() {
    list();
    listener.lost();
  }

  /** Whether the kernel could tell. */
  private boolean tryList() {
    List<Link> links;
    List<Address> allAddresses;
    try {
      links = rtnetlink.links();
      allAddresses = rtnetlink.addresses();
    } catch (NetlinkException e) {
      LOG.warn("interfaces cannot be listed; trying again: {}", e.toString());
      return false;
    }
    Set<Integer> present = new HashSet<>();
    links.forEach(link -> present.add(link.index()));
    for (Interface gone : List.copyOf(interfaces.all())) {
      if (!present.contains(gone.index())) {
        interfaces.remove(gone.index());
        interfaces.putAddresses(gone.index(), Set.of());
        listener.changed(gone.name(), false);
      }
    }
    links.forEach(link -> update(new Seen(link, true, false)));
    interfaces.listed();
    Map<Integer, Set<Ip>> addresses = new HashMap<>();
    for (Address address : allAddresses) {
      addresses
          .computeIfAbsent(address.interfaceIndex(), _ -> new HashSet<>())
          .add(Ip.of(address.address()));
    }
    links.forEach(
        link -> putAddresses(link.index(), addresses.getOrDefault(link.index(), Set.of())));
    return true;
  }
}
