package calico.netlink.route;

/**
 * Numbers of the messages and attributes.
 *
 * <pre>
 * struct ifinfomsg (16)  0 u8 family  2 u16 type  4 i32 index  8 u32 flags  12 u32 change mask
 * struct ifaddrmsg (8)   0 u8 family  1 u8 prefix length  2 u8 flags  3 u8 scope  4 u32 index
 * struct rtmsg (12)      0 u8 family  1 u8 dst length  2 u8 src length  3 u8 tos
 *                        4 u8 table   5 u8 protocol    6 u8 scope       7 u8 type  8 u32 flags
 * struct rtnexthop (8)   0 u16 length 2 u8 flags  3 u8 weight - 1  4 i32 index, then attributes
 * struct fib_rule_hdr (12)  0 u8 family  1 u8 dst length  2 u8 src length  3 u8 tos  4 u8 table
 *                           5 u8, 6 u8 reserved  7 u8 action  8 u32 flags
 * struct ndmsg (12)      0 u8 family  4 i32 index  8 u16 state  10 u8 flags  11 u8 type
 * </pre>
 */
final class RtMessage {
  static final int NEWLINK = 16;
  static final int DELLINK = 17;
  static final int GETLINK = 18;
  static final int NEWADDR = 20;
  static final int DELADDR = 21;
  static final int GETADDR = 22;
  static final int NEWROUTE = 24;
  static final int DELROUTE = 25;
  static final int GETROUTE = 26;
  static final int NEWNEIGH = 28;
  static final int DELNEIGH = 29;
  static final int GETNEIGH = 30;
  static final int NEWRULE = 32;
  static final int DELRULE = 33;
  static final int GETRULE = 34;

  static final int LINK_HEADER = 16;
  static final int ADDRESS_HEADER = 8;
  static final int ROUTE_HEADER = 12;
  static final int NEXTHOP_HEADER = 8;
  static final int NEIGHBOUR_HEADER = 12;
  static final int RULE_HEADER = 12;

  static final int IFLA_ADDRESS = 1;
  static final int IFLA_IFNAME = 3;
  static final int IFLA_MTU = 4;
  static final int IFLA_LINK = 5;
  static final int IFLA_MASTER = 10;
  static final int IFLA_LINKINFO = 18;
  static final int IFLA_IFALIAS = 20;
  static final int IFLA_NET_NS_FD = 28;
  static final int IFLA_NUM_TX_QUEUES = 31;
  static final int IFLA_NUM_RX_QUEUES = 32;
  static final int IFLA_EXT_MASK = 29;
  static final int IFLA_LINK_NETNSID = 37;
  static final int IFLA_INFO_KIND = 1;
  static final int IFLA_INFO_DATA = 2;
  static final int VETH_INFO_PEER = 1;
  static final int IFLA_VXLAN_ID = 1;
  static final int IFLA_VXLAN_LINK = 3;
  static final int IFLA_VXLAN_LOCAL = 4;
  static final int IFLA_VXLAN_LEARNING = 7;
  static final int IFLA_VXLAN_PORT = 15;
  static final int IFLA_VXLAN_LOCAL6 = 17;

  /** RTEXT_FILTER_SKIP_STATS: the counters are most of a link's message. */
  static final int SKIP_STATS = 8;

  static final int IFA_ADDRESS = 1;
  static final int IFA_LOCAL = 2;
  static final int IFA_FLAGS = 8;

  static final int RTA_DST = 1;
  static final int RTA_OIF = 4;
  static final int RTA_GATEWAY = 5;
  static final int RTA_PRIORITY = 6;
  static final int RTA_PREFSRC = 7;
  static final int RTA_MULTIPATH = 9;
  static final int RTA_TABLE = 15;
  static final int RTNH_F_ONLINK = 4;

  static final int FRA_PRIORITY = 6;
  static final int FRA_FWMARK = 10;
  static final int FRA_TABLE = 15;
  static final int FRA_FWMASK = 16;
  static final int FR_ACT_TO_TBL = 1;
  static final int FIB_RULE_INVERT = 2;

  static final int NDA_DST = 1;
  static final int NDA_LLADDR = 2;
  static final int NDA_IFINDEX = 8;

  /** Family of a forwarding entry; NTF_SELF: of the device itself, not of a bridge above. */
  static final int AF_BRIDGE = 7;

  static final int NTF_SELF = 2;

  private RtMessage() {}

  /** In each group of four: new, delete, get, set. */
  static boolean isNew(int type) {
    return (type & 3) == 0;
  }
}
