package calico.cni;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.Netns;
import calico.netlink.route.Link;
import calico.netlink.route.Mac;
import calico.netlink.route.Rtnetlink;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wire between a container and its host: a pair of veth interfaces and the routes over it.
 *
 * <pre>
 *   container namespace                               host namespace
 *   eth0  10.65.0.2/32                    ------      cali1234  MAC ee:ee:ee:ee:ee:ee, no address
 *     169.254.1.1 dev eth0                              10.65.0.2 dev cali1234
 *     default via 169.254.1.1                           answers ARP and NDP for everything
 *     default via fe80::ecee:eeff:feee:eeee             (that is its link-local address)
 * </pre>
 */
final class Wiring implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);
  private static final long REMOVAL_POLL_NANOS = 300_000;
  private static final int MOST_IDLE = 4;

  /**
   * What to connect.
   *
   * @param hostName name of the host's end
   * @param netns path of the container's namespace
   * @param containerName name of the container's end
   * @param mtu in bytes, 0 for the kernel's default
   * @param queues of packets, at each end and in each direction; 0 for the kernel's default
   * @param mac of the container's end; null: the kernel picks one
   * @param addresses of the container
   * @param routes what the container reaches over the wire
   * @param allowForwarding whether the container may route
   */
  record Wire(
      String hostName,
      String netns,
      String containerName,
      int mtu,
      int queues,
      @Nullable Mac mac,
      List<Ip> addresses,
      List<Cidr> routes,
      boolean allowForwarding) {
    Wire withAddresses(List<Ip> newAddresses) {
      return new Wire(
          hostName, netns, containerName, mtu, queues, mac, newAddresses, routes, allowForwarding);
    }
  }

  private final Netns host;

  /** Connections to the host's namespace that nobody uses; to open one takes a thread there. */
  private final Queue<Rtnetlink> idle = new ConcurrentLinkedQueue<>();

  /**
   * Takes over the handle.
   *
   * @param host namespace to which containers are connected
   */
  Wiring(Netns host) {
    this.host = host;
  }

  /**
   * Makes the two ends of a wire anew, see {@link Ends#make}; its addresses need not be known.
   *
   * @throws CniException if the kernel refuses
   */
  Ends make(Wire wire, Set<Family> families) {
    return explained(wire, () -> make(wire, families, true));
  }

  /** As {@link #make} if there is nothing under the names of the ends; else null. */
  @Nullable Ends makeFirst(Wire wire, Set<Family> families) {
    return explained(
        wire,
        () -> {
          try {
            return make(wire, families, false);
          } catch (NetlinkException e) {
            if (e.errno() == Errno.EEXIST) {
              return null;
            }
            throw e;
          }
        });
  }

  private Ends make(Wire wire, Set<Family> families, boolean anew) {
    Rtnetlink outside = outside();
    try {
      return Ends.make(wire, host, outside, families, anew);
    } catch (RuntimeException e) {
      giveBack(outside);
      throw e;
    }
  }

  /**
   * Puts the wire's addresses on its ends.
   *
   * @throws CniException if the kernel refuses, or a route of another interface is in the way
   */
  void connect(Wire wire, Ends ends) {
    explained(
        wire,
        () -> {
          ends.connect(wire.addresses());
          return wire;
        });
  }

  /** Ends the work on a wire, not the wire; not in the caller's time. */
  void done(Ends ends) {
    Thread.ofVirtual()
        .name("cni-done")
        .start(
            () -> {
              giveBack(ends.outside());
              ends.close();
            });
  }

  private static <T extends @Nullable Object> T explained(Wire wire, Supplier<T> action) {
    try {
      return action.get();
    } catch (NetlinkException e) {
      throw CniException.generic(
          "cannot connect " + wire.containerName() + " in " + wire.netns(), e);
    }
  }

  /** The MAC address of the container's end. */
  String containerMac(Wire wire) {
    try (Netns container = Netns.open(Path.of(wire.netns()));
        Rtnetlink inside = Rtnetlink.open(container)) {
      return String.valueOf(link(inside, wire.containerName()).mac());
    }
  }

  /** What of a wire is not there, in words; empty if it is as it was made. */
  String missing(Wire wire) {
    try (Netns container = Netns.open(Path.of(wire.netns()));
        Rtnetlink inside = Rtnetlink.open(container);
        Rtnetlink outside = Rtnetlink.open(host)) {
      return new WireCheck(wire, inside, outside).missing();
    } catch (NetlinkException e) {
      if (isGone(e)) {
        return "network namespace " + wire.netns();
      }
      throw e;
    }
  }

  /**
   * Takes the host's end down, and with it all routes to the container: nothing is sent to it any
   * more. That takes the kernel a fraction of what {@link #disconnect} takes.
   *
   * @param hostName of an interface that need not be there
   */
  void silence(String hostName) {
    Rtnetlink outside = outside();
    try {
      Link link = wireNamed(outside, hostName);
      if (link != null) {
        outside.setDown(link.index());
      }
    } catch (NetlinkException e) {
      if (e.errno() != Errno.ENODEV) {
        throw CniException.generic("cannot take " + hostName + " down", e);
      }
    } finally {
      giveBack(outside);
    }
  }

  /**
   * Removes a wire; what is not there is as good as removed.
   *
   * @param hostName empty to leave the host's end alone unless it is the other end of the
   *     container's
   * @param netns may be empty or gone
   */
  void disconnect(String hostName, String netns, String containerName) {
    try {
      if (!hostName.isEmpty() && remove(this::outside, this::giveBack, hostName)) {
        return; // both ends
      }
    } catch (NetlinkException e) {
      throw CniException.generic("cannot remove " + hostName, e);
    }
    if (!netns.isEmpty()) {
      try (Netns container = Netns.open(Path.of(netns))) {
        boolean _ = remove(() -> Rtnetlink.open(container), Rtnetlink::close, containerName);
      } catch (NetlinkException e) {
        if (!isGone(e)) {
          throw CniException.generic("cannot remove " + containerName + " from " + netns, e);
        }
      }
    }
  }

  /**
   * Removes a wire and returns as soon as its ends cannot be seen any more. The request itself
   * lasts several times longer, as it waits until no processor can hold a reference to them; so it
   * runs on a thread of its own, which the kernel does not interrupt, even when this process is
   * killed.
   *
   * @param open gives a connection to the namespace of the end with that name
   * @param done takes one back
   * @return whether there was one
   */
  private static boolean remove(Supplier<Rtnetlink> open, Consumer<Rtnetlink> done, String name) {
    Rtnetlink watching = open.get();
    try {
      Link link = wireNamed(watching, name);
      if (link == null) {
        return false;
      }
      Rtnetlink deleting = open.get();
      FutureTask<Link> deletion =
          new FutureTask<>(
              () -> {
                try {
                  delete(deleting, link);
                } finally {
                  done.accept(deleting);
                }
                return link;
              });
      Thread.ofPlatform().name("cni-delete-" + name).daemon().start(deletion);
      while (!deletion.isDone() && watching.link(link.index()).isPresent()) {
        LockSupport.parkNanos(REMOVAL_POLL_NANOS);
      }
      if (deletion.state() == Future.State.FAILED
          && deletion.exceptionNow() instanceof RuntimeException e) {
        throw e;
      }
      return true;
    } finally {
      done.accept(watching);
    }
  }

  private Rtnetlink outside() {
    Rtnetlink one = idle.poll();
    return one == null ? Rtnetlink.open(host) : one;
  }

  private void giveBack(Rtnetlink one) {
    if (idle.size() < MOST_IDLE) {
      idle.offer(one);
    } else {
      one.close();
    }
  }

  /** There is no such path, or a file on which no namespace is mounted any more. */
  private static boolean isGone(NetlinkException e) {
    return e.errno() == Errno.ENOENT || e.errno() == Errno.EINVAL;
  }

  static Link link(Rtnetlink netlink, String name) {
    return netlink
        .link(name)
        .orElseThrow(() -> new NetlinkException("find interface " + name, Errno.ENODEV));
  }

  /** Only wires, never what else may have the name. */
  private static @Nullable Link wireNamed(Rtnetlink netlink, String name) {
    return netlink.link(name).filter(link -> link.kind().equals("veth")).orElse(null);
  }

  /** Removes what has a name that is needed, if it is a wire. */
  static void clear(Rtnetlink netlink, String name) {
    Link link = wireNamed(netlink, name);
    if (link != null) {
      delete(netlink, link);
    }
  }

  /** Removes every wire that has its host's end there. */
  static void removeAll(Rtnetlink netlink) {
    for (Link link : netlink.links()) {
      if (link.kind().equals("veth") && Ends.HOST_MAC.equals(link.mac())) {
        LOG.info("wire to a container removed: interface={}", link.name());
        delete(netlink, link);
      }
    }
  }

  private static void delete(Rtnetlink netlink, Link link) {
    try {
      netlink.delete(link.index());
    } catch (NetlinkException e) {
      if (e.errno() != Errno.ENODEV) { // it went with its other end
        throw e;
      }
    }
  }

  @Override
  public void close() {
    idle.forEach(Rtnetlink::close);
    host.close();
  }
}
