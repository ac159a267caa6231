package calico.netlink.route;

import calico.netlink.Message;
import calico.netlink.MessageWriter;
import calico.netlink.Request;
import calico.netlink.route.Route.Path;

/** A change of the routing table; rtmsg and attributes as drawn in {@link RtMessage}. */
public sealed interface RouteChange extends Request {
  Route route();

  /** EEXIST when there is one with this destination, metric and table. */
  record Add(Route route) implements RouteChange {
    @Override
    public int type() {
      return RtMessage.NEWROUTE;
    }

    @Override
    public int flags() {
      return Message.CREATE | Message.EXCLUSIVE;
    }

    @Override
    public void encode(MessageWriter to) {
      write(to, route, route.scope());
    }
  }

  /** Adds, or puts this in place of the one with the same destination, metric and table. */
  record Replace(Route route) implements RouteChange {
    @Override
    public int type() {
      return RtMessage.NEWROUTE;
    }

    @Override
    public int flags() {
      return Message.CREATE | Message.REPLACE;
    }

    @Override
    public void encode(MessageWriter to) {
      write(to, route, route.scope());
    }
  }

  /** ESRCH when there is none such. The scope does not matter; what else is set has to match. */
  record Delete(Route route) implements RouteChange {
    @Override
    public int type() {
      return RtMessage.DELROUTE;
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter to) {
      write(to, route, Scope.NOWHERE);
    }
  }

  private static void write(MessageWriter to, Route route, int scope) {
    to.u8(IpFamily.of(route.destination()).code).u8(route.prefixLength()).u8(0).u8(0);
    to.u8(route.table() < 256 ? route.table() : 0)
        .u8(route.protocol())
        .u8(scope)
        .u8(route.type().code())
        .u32(route.onlink() ? RtMessage.RTNH_F_ONLINK : 0);
    if (route.prefixLength() != 0) {
      to.attribute(RtMessage.RTA_DST, route.destination().getAddress());
    }
    if (route.table() >= 256) {
      to.u32(RtMessage.RTA_TABLE, route.table());
    }
    if (route.gateway() != null) {
      to.attribute(RtMessage.RTA_GATEWAY, route.gateway().getAddress());
    }
    if (route.metric() != 0) {
      to.u32(RtMessage.RTA_PRIORITY, route.metric());
    }
    if (route.interfaceIndex() != 0) {
      to.u32(RtMessage.RTA_OIF, route.interfaceIndex());
    }
    if (route.source() != null) {
      to.attribute(RtMessage.RTA_PREFSRC, route.source().getAddress());
    }
    if (!route.paths().isEmpty()) {
      int paths = to.nest(RtMessage.RTA_MULTIPATH);
      for (Path path : route.paths()) {
        write(to, path);
      }
      to.endNest(paths);
    }
  }

  private static void write(MessageWriter to, Path path) {
    byte[] gateway = path.gateway() == null ? new byte[0] : path.gateway().getAddress();
    int length = RtMessage.NEXTHOP_HEADER + (gateway.length == 0 ? 0 : 4 + gateway.length);
    to.u16(length)
        .u8(path.onlink() ? RtMessage.RTNH_F_ONLINK : 0)
        .u8(path.weight() - 1)
        .u32(path.interfaceIndex());
    if (gateway.length != 0) {
      to.attribute(RtMessage.RTA_GATEWAY, gateway);
    }
  }
}
