package calico.netlink.route;

/** Something changed; {@code present} is false when the object is gone. */
public sealed interface NetworkEvent {
  record LinkEvent(Link link, boolean present) implements NetworkEvent {}

  record AddressEvent(Address address, boolean present) implements NetworkEvent {}

  record RouteEvent(Route route, boolean present) implements NetworkEvent {}

  record NeighbourEvent(Neighbour neighbour, boolean present) implements NetworkEvent {}

  record ForwardingEvent(Forwarding entry, boolean present) implements NetworkEvent {}

  /** Events were lost: list again. */
  record Overrun() implements NetworkEvent {}
}
