package calico.netlink.route;

import calico.netlink.Message;
import calico.netlink.Monitor;
import calico.netlink.NetlinkSocket;
import calico.netlink.Netns;
import calico.netlink.route.NetworkEvent.AddressEvent;
import calico.netlink.route.NetworkEvent.ForwardingEvent;
import calico.netlink.route.NetworkEvent.LinkEvent;
import calico.netlink.route.NetworkEvent.NeighbourEvent;
import calico.netlink.route.NetworkEvent.Overrun;
import calico.netlink.route.NetworkEvent.RouteEvent;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Watches a namespace's network configuration; see {@link Monitor} for threads and order. */
public final class RouteMonitor implements AutoCloseable {
  /** What to watch; the numbers are RTNLGRP_*. */
  public enum Topic {
    LINKS,
    /** And what bridges and VXLAN devices forward where. */
    NEIGHBOURS,
    ADDRESSES,
    ROUTES;

    private IntStream groups() {
      return switch (this) {
        case LINKS -> IntStream.of(1);
        case NEIGHBOURS -> IntStream.of(3);
        case ADDRESSES -> IntStream.of(5, 9);
        case ROUTES -> IntStream.of(7, 11);
      };
    }
  }

  private final Monitor monitor;

  private RouteMonitor(Monitor monitor) {
    this.monitor = monitor;
  }

  /**
   * Begins to watch; list the objects after this returns.
   *
   * @param netns null for the calling thread's
   * @param listener called on the monitor's own thread
   */
  public static RouteMonitor start(
      @Nullable Netns netns, Set<Topic> topics, Consumer<NetworkEvent> listener) {
    int[] groups = topics.stream().flatMapToInt(Topic::groups).toArray();
    return new RouteMonitor(
        Monitor.start(
            "route-monitor",
            NetlinkSocket.ROUTE,
            netns,
            groups,
            message -> event(message).ifPresent(listener),
            () -> listener.accept(new Overrun())));
  }

  /** What a message of the kernel tells; empty if it is about nothing that is watched here. */
  public static Optional<? extends NetworkEvent> event(Message message) {
    boolean present = RtMessage.isNew(message.type());
    return switch (message.type()) {
      case RtMessage.NEWLINK, RtMessage.DELLINK ->
          Optional.ofNullable(RtReader.link(message)).map(link -> new LinkEvent(link, present));
      case RtMessage.NEWADDR, RtMessage.DELADDR ->
          Optional.ofNullable(RtReader.address(message))
              .map(address -> new AddressEvent(address, present));
      case RtMessage.NEWROUTE, RtMessage.DELROUTE ->
          Optional.ofNullable(RtReader.route(message)).map(route -> new RouteEvent(route, present));
      case RtMessage.NEWNEIGH, RtMessage.DELNEIGH ->
          Optional.ofNullable(RtReader.neighbour(message))
              .<NetworkEvent>map(neighbour -> new NeighbourEvent(neighbour, present))
              .or(
                  () ->
                      Optional.ofNullable(RtReader.forwarding(message))
                          .map(entry -> new ForwardingEvent(entry, present)));
      default -> Optional.empty();
    };
  }

  @Override
  public void close() {
    monitor.close();
  }
}
