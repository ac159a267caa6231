package calico.netlink.route;

import calico.netlink.AttributeReader;
import calico.netlink.MalformedMessageException;
import calico.netlink.Message;
import calico.netlink.route.Route.Path;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records from messages; null for one that is of no family this package deals with. */
final class RtReader {
  private RtReader() {}

  static @Nullable Link link(Message message) {
    if (message.u8(0) != 0) {
      return null; // a bridge's or IPv6's view of the link
    }
    AttributeReader in = message.attributes(RtMessage.LINK_HEADER);
    String name = "";
    String kind = "";
    Link.Vxlan vxlan = null;
    String alias = "";
    Mac mac = null;
    int mtu = 0;
    int master = 0;
    int peer = 0;
    int netnsId = -1;
    while (in.next()) {
      switch (in.type()) {
        case RtMessage.IFLA_IFNAME -> name = in.string();
        case RtMessage.IFLA_ADDRESS -> mac = mac(in);
        case RtMessage.IFLA_MTU -> mtu = in.u32();
        case RtMessage.IFLA_LINK -> peer = in.u32();
        case RtMessage.IFLA_MASTER -> master = in.u32();
        case RtMessage.IFLA_IFALIAS -> alias = in.string();
        case RtMessage.IFLA_LINK_NETNSID -> netnsId = in.u32();
        case RtMessage.IFLA_LINKINFO -> {
          AttributeReader info = in.nested();
          while (info.next()) {
            switch (info.type()) {
              case RtMessage.IFLA_INFO_KIND -> kind = info.string();
              case RtMessage.IFLA_INFO_DATA ->
                  vxlan = kind.equals("vxlan") ? vxlan(info.nested()) : null;
              default -> {}
            }
          }
        }
        default -> {}
      }
    }
    int index = message.u32(4);
    return new Link(
        index, name, kind, message.u32(8), mtu, mac, master, peer, netnsId, alias, vxlan);
  }

  private static Link.Vxlan vxlan(AttributeReader in) {
    int vni = 0;
    int parent = 0;
    InetAddress local = null;
    int port = 0;
    boolean learning = false;
    while (in.next()) {
      switch (in.type()) {
        case RtMessage.IFLA_VXLAN_ID -> vni = in.u32();
        case RtMessage.IFLA_VXLAN_LINK -> parent = in.u32();
        case RtMessage.IFLA_VXLAN_LOCAL -> local = address(in, IpFamily.IPV4);
        case RtMessage.IFLA_VXLAN_LOCAL6 -> local = address(in, IpFamily.IPV6);
        case RtMessage.IFLA_VXLAN_PORT -> port = in.be16();
        case RtMessage.IFLA_VXLAN_LEARNING -> learning = in.u8() != 0;
        default -> {}
      }
    }
    return new Link.Vxlan(vni, parent, local, port, learning);
  }

  private static @Nullable Mac mac(AttributeReader in) {
    return in.length() == Mac.LENGTH ? Mac.of(in.bytes()) : null;
  }

  static @Nullable Address address(Message message) {
    IpFamily family = IpFamily.of(message.u8(0));
    if (family == null) {
      return null;
    }
    AttributeReader in = message.attributes(RtMessage.ADDRESS_HEADER);
    InetAddress address = null;
    InetAddress local = null;
    int flags = message.u8(2);
    while (in.next()) {
      switch (in.type()) {
        case RtMessage.IFA_ADDRESS -> address = address(in, family);
        case RtMessage.IFA_LOCAL -> local = address(in, family);
        case RtMessage.IFA_FLAGS -> flags = in.u32();
        default -> {}
      }
    }
    // Of a point-to-point link, ADDRESS is the other end and LOCAL is ours.
    InetAddress ours = local != null ? local : address;
    return ours == null
        ? null
        : new Address(message.u32(4), ours, message.u8(1), message.u8(3), flags);
  }

  static @Nullable Route route(Message message) {
    IpFamily family = IpFamily.of(message.u8(0));
    RouteType type = RouteType.of(message.u8(7));
    if (family == null || type == null) {
      return null;
    }
    AttributeReader in = message.attributes(RtMessage.ROUTE_HEADER);
    InetAddress destination = family.any();
    InetAddress gateway = null;
    InetAddress source = null;
    List<Path> paths = List.of();
    int table = message.u8(4);
    int oif = 0;
    int metric = 0;
    while (in.next()) {
      switch (in.type()) {
        case RtMessage.RTA_DST -> destination = address(in, family);
        case RtMessage.RTA_GATEWAY -> gateway = address(in, family);
        case RtMessage.RTA_PREFSRC -> source = address(in, family);
        case RtMessage.RTA_OIF -> oif = in.u32();
        case RtMessage.RTA_PRIORITY -> metric = in.u32();
        case RtMessage.RTA_TABLE -> table = in.u32();
        case RtMessage.RTA_MULTIPATH -> paths = paths(in, family);
        default -> {}
      }
    }
    boolean onlink = (message.u32(8) & RtMessage.RTNH_F_ONLINK) != 0;
    return new Route(
        destination,
        message.u8(1),
        type,
        gateway,
        oif,
        table,
        message.u8(5),
        message.u8(6),
        metric,
        onlink,
        source,
        paths);
  }

  private static List<Path> paths(AttributeReader in, IpFamily family) {
    List<Path> paths = new ArrayList<>();
    int at = 0;
    while (in.length() - at >= RtMessage.NEXTHOP_HEADER) {
      int length = in.u16(at);
      if (length < RtMessage.NEXTHOP_HEADER || length > in.length() - at) {
        throw new MalformedMessageException("a next hop of " + length + " bytes");
      }
      InetAddress gateway = null;
      AttributeReader hop = in.nested(at + RtMessage.NEXTHOP_HEADER, at + length);
      while (hop.next()) {
        if (hop.type() == RtMessage.RTA_GATEWAY) {
          gateway = address(hop, family);
        }
      }
      boolean onlink = (in.u8(at + 2) & RtMessage.RTNH_F_ONLINK) != 0;
      paths.add(new Path(gateway, in.u32(at + 4), in.u8(at + 3) + 1, onlink));
      at += (length + 3) & ~3;
    }
    return paths;
  }

  /** Null also for a rule that does something else than to ask a table. */
  static @Nullable RoutingRule rule(Message message) {
    IpFamily family = IpFamily.of(message.u8(0));
    if (family == null || message.u8(7) != RtMessage.FR_ACT_TO_TBL) {
      return null;
    }
    AttributeReader in = message.attributes(RtMessage.RULE_HEADER);
    int priority = 0;
    int table = message.u8(4);
    int mark = 0;
    int mask = 0;
    while (in.next()) {
      switch (in.type()) {
        case RtMessage.FRA_PRIORITY -> priority = in.u32();
        case RtMessage.FRA_TABLE -> table = in.u32();
        case RtMessage.FRA_FWMARK -> mark = in.u32();
        case RtMessage.FRA_FWMASK -> mask = in.u32();
        default -> {}
      }
    }
    boolean inverted = (message.u32(8) & RtMessage.FIB_RULE_INVERT) != 0;
    return new RoutingRule(family, priority, table, mark, mask, inverted);
  }

  static @Nullable Neighbour neighbour(Message message) {
    IpFamily family = IpFamily.of(message.u8(0));
    if (family == null) {
      return null; // a bridge's forwarding entry
    }
    AttributeReader in = message.attributes(RtMessage.NEIGHBOUR_HEADER);
    InetAddress address = null;
    Mac mac = null;
    while (in.next()) {
      switch (in.type()) {
        case RtMessage.NDA_DST -> address = address(in, family);
        case RtMessage.NDA_LLADDR -> mac = mac(in);
        default -> {}
      }
    }
    return address == null ? null : new Neighbour(message.u32(4), address, mac, message.u16(8));
  }

  static @Nullable Forwarding forwarding(Message message) {
    if (message.u8(0) != RtMessage.AF_BRIDGE || (message.u8(10) & RtMessage.NTF_SELF) == 0) {
      return null;
    }
    AttributeReader in = message.attributes(RtMessage.NEIGHBOUR_HEADER);
    InetAddress destination = null;
    Mac mac = null;
    while (in.next()) {
      switch (in.type()) {
        case RtMessage.NDA_DST -> destination = IpFamily.address(in.bytes());
        case RtMessage.NDA_LLADDR -> mac = mac(in);
        default -> {}
      }
    }
    return mac == null || destination == null
        ? null
        : new Forwarding(message.u32(4), mac, destination, message.u16(8));
  }

  private static InetAddress address(AttributeReader in, IpFamily family) {
    if (in.length() != family.length) {
      throw new MalformedMessageException(
          "attribute " + in.type() + ": an " + family + " address of " + in.length() + " bytes");
    }
    return IpFamily.address(in.bytes());
  }
}
