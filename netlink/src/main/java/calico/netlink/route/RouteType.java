package calico.netlink.route;

import org.jspecify.annotations.Nullable;

/** What a route does with a packet; RTN_*, in order from 1. */
public enum RouteType {
  UNICAST,
  LOCAL,
  BROADCAST,
  ANYCAST,
  MULTICAST,
  /** Dropped silently. */
  BLACKHOLE,
  UNREACHABLE,
  PROHIBIT,
  /** As if the table had no route. */
  THROW;

  @SuppressWarnings("EnumOrdinal") // listed in the kernel's order
  int code() {
    return ordinal() + 1;
  }

  static @Nullable RouteType of(int code) {
    return code >= 1 && code <= values().length ? values()[code - 1] : null;
  }
}
