package calico.netlink.route;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A route. Begin with {@link #to} and change what differs:
 *
 * <pre>
 * Route.to(address, 32).dev(link.index()).scope(Scope.LINK).protocol(80)
 * </pre>
 *
 * @param destination the network; its family is the route's
 * @param gateway null: the destination is on the link
 * @param interfaceIndex 0: none, or the kernel's choice. A blackhole of IPv6 comes back with
 *     loopback's
 * @param table 254 is main
 * @param protocol who made it: 2 kernel, 3 boot, 4 static, 12 BIRD, 80 Felix
 * @param metric 0: the kernel's default, which is 1024 for IPv6
 * @param onlink the gateway is taken to be on the link, whatever the other routes say
 * @param source the preferred source address, or null
 * @param paths the next hops of a multipath route, else empty; then gateway and interface are unset
 */
public record Route(
    InetAddress destination,
    int prefixLength,
    RouteType type,
    @Nullable InetAddress gateway,
    int interfaceIndex,
    int table,
    int protocol,
    int scope,
    int metric,
    boolean onlink,
    @Nullable InetAddress source,
    List<Path> paths) {
  public static final int TABLE_MAIN = 254;
  public static final int PROTOCOL_KERNEL = 2;
  public static final int PROTOCOL_STATIC = 4;
  public static final int PROTOCOL_BIRD = 12;

  /** One next hop of a multipath route; {@code weight} from 1. */
  public record Path(
      @Nullable InetAddress gateway, int interfaceIndex, int weight, boolean onlink) {}

  public Route {
    paths = List.copyOf(paths);
  }

  /** A unicast route in the main table, of protocol static, universe scope. */
  public static Route to(InetAddress destination, int prefixLength) {
    return new Route(
        destination,
        prefixLength,
        RouteType.UNICAST,
        null,
        0,
        TABLE_MAIN,
        PROTOCOL_STATIC,
        Scope.UNIVERSE,
        0,
        false,
        null,
        List.of());
  }

  public Route type(RouteType value) {
    return new Route(
        destination,
        prefixLength,
        value,
        gateway,
        interfaceIndex,
        table,
        protocol,
        scope,
        metric,
        onlink,
        source,
        paths);
  }

  public Route via(InetAddress value) {
    return new Route(
        destination,
        prefixLength,
        type,
        value,
        interfaceIndex,
        table,
        protocol,
        scope,
        metric,
        onlink,
        source,
        paths);
  }

  /** Out of the interface with that index. */
  public Route dev(int value) {
    return new Route(
        destination,
        prefixLength,
        type,
        gateway,
        value,
        table,
        protocol,
        scope,
        metric,
        onlink,
        source,
        paths);
  }

  public Route table(int value) {
    return new Route(
        destination,
        prefixLength,
        type,
        gateway,
        interfaceIndex,
        value,
        protocol,
        scope,
        metric,
        onlink,
        source,
        paths);
  }

  public Route protocol(int value) {
    return new Route(
        destination,
        prefixLength,
        type,
        gateway,
        interfaceIndex,
        table,
        value,
        scope,
        metric,
        onlink,
        source,
        paths);
  }

  public Route scope(int value) {
    return new Route(
        destination,
        prefixLength,
        type,
        gateway,
        interfaceIndex,
        table,
        protocol,
        value,
        metric,
        onlink,
        source,
        paths);
  }

  public Route metric(int value) {
    return new Route(
        destination,
        prefixLength,
        type,
        gateway,
        interfaceIndex,
        table,
        protocol,
        scope,
        value,
        onlink,
        source,
        paths);
  }

  public Route onlink(boolean value) {
    return new Route(
        destination,
        prefixLength,
        type,
        gateway,
        interfaceIndex,
        table,
        protocol,
        scope,
        metric,
        value,
        source,
        paths);
  }

  public Route source(InetAddress value) {
    return new Route(
        destination,
        prefixLength,
        type,
        gateway,
        interfaceIndex,
        table,
        protocol,
        scope,
        metric,
        onlink,
        value,
        paths);
  }
}
