package calico.netlink.route;

import org.jspecify.annotations.Nullable;

/**
 * Which routes to list; the kernel picks them out.
 *
 * @param family null for both
 * @param table 0 for all
 * @param protocol 0 for all
 * @param interfaceIndex 0 for all
 */
public record RouteFilter(@Nullable IpFamily family, int table, int protocol, int interfaceIndex) {
  public static final RouteFilter ALL = new RouteFilter(null, 0, 0, 0);

  public RouteFilter family(IpFamily value) {
    return new RouteFilter(value, table, protocol, interfaceIndex);
  }

  public RouteFilter table(int value) {
    return new RouteFilter(family, value, protocol, interfaceIndex);
  }

  public RouteFilter protocol(int value) {
    return new RouteFilter(family, table, value, interfaceIndex);
  }

  public RouteFilter dev(int value) {
    return new RouteFilter(family, table, protocol, value);
  }
}
