package calico.felix.dataplane;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.route.Route;
import calico.netlink.route.RouteType;
import calico.netlink.route.Scope;
import org.jspecify.annotations.Nullable;

/**
 * How what is on another node is reached, or that it is not to be.
 *
 * @param interfaceIndex output interface; 0 if there is none
 * @param gateway null if there is none
 * @param protocol RTPROT_* number
 */
record RemoteRoute(
    RouteType type, int interfaceIndex, @Nullable Ip gateway, boolean onlink, int protocol) {
  /** RTPROT_* of our own, by which our routes are known. */
  static final int PROTOCOL = 80;

  static RemoteRoute via(Ip gateway, int interfaceIndex, int protocol) {
    return new RemoteRoute(RouteType.UNICAST, interfaceIndex, gateway, true, protocol);
  }

  static RemoteRoute blackhole(int protocol) {
    return new RemoteRoute(RouteType.BLACKHOLE, 0, null, false, protocol);
  }

  /** By an interface on which there is only one who can be meant. */
  static RemoteRoute on(int interfaceIndex, int protocol) {
    return new RemoteRoute(RouteType.UNICAST, interfaceIndex, null, false, protocol);
  }

  /** By what the next table says. */
  static RemoteRoute elsewhere(int protocol) {
    return new RemoteRoute(RouteType.THROW, 0, null, false, protocol);
  }

  /** As the kernel tells of it. */
  static RemoteRoute of(Route route) {
    boolean unicast = route.type() == RouteType.UNICAST;
    return new RemoteRoute(
        route.type(),
        unicast ? route.interfaceIndex() : 0, // a blackhole of IPv6 is said to be on loopback
        route.gateway() == null ? null : Ip.of(route.gateway()),
        unicast && route.onlink(),
        route.protocol());
  }

  /** The kernel gives a route of IPv6 without a metric this one. */
  static LocalRoute.Key key(Cidr destination) {
    return new LocalRoute.Key(destination, destination.family() == Family.IPV4 ? 0 : 1024);
  }

  Route route(LocalRoute.Key key) {
    Cidr destination = key.destination();
    Route route =
        Route.to(destination.address().toInetAddress(), destination.length())
            .metric(key.metric())
            .type(type)
            .protocol(protocol)
            .dev(interfaceIndex)
            .onlink(onlink);
    if (gateway != null) {
      return route.via(gateway.toInetAddress());
    }
    boolean link = interfaceIndex != 0 && destination.family() == Family.IPV4;
    return link ? route.scope(Scope.LINK) : route;
  }
}
