package calico.netlink.conntrack;

import calico.netlink.MessageWriter;
import calico.netlink.Request;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Requests about flows.
 *
 * <pre>
 * nlmsghdr   type = NFNL_SUBSYS_CTNETLINK (1) &lt;&lt; 8 | IPCTNL_MSG_CT_*
 * nfgenmsg   u8 family, u8 version 0, be16 resource id 0
 * CTA_TUPLE_ORIG, CTA_TUPLE_REPLY (nested)   the two directions of a flow
 *   CTA_TUPLE_IP (nested)   CTA_IP_V4_SRC 1  V4_DST 2  V6_SRC 3  V6_DST 4
 *   CTA_TUPLE_PROTO (nested), CTA_TUPLE_ZONE
 * CTA_FILTER (nested)   CTA_FILTER_ORIG_FLAGS, REPLY_FLAGS: u32, what of the tuples has to match
 * </pre>
 */
sealed interface FlowRequest extends Request {
  int GET = 1 << 8 | 1;
  int DELETE = 1 << 8 | 2;
  int HEADER = 4;

  int TUPLE_ORIG = 1;
  int TUPLE_REPLY = 2;
  int ID = 12;
  int ZONE = 18;
  int FILTER = 25;

  /** Which of a flow's directions. */
  enum Side {
    ORIGINAL(TUPLE_ORIG),
    REPLY(TUPLE_REPLY);

    /** Of the tuple; that of the filter's flags is the same number. */
    final int attribute;

    Side(int attribute) {
      this.attribute = attribute;
    }
  }

  @Override
  default int flags() {
    return 0;
  }

  int IPV4 = 2;
  int IPV6 = 10;

  private static void header(MessageWriter to, int family) {
    to.u8(family).u8(0).be16(0);
  }

  int TUPLE_IP = 1;
  int IP_V4_SRC = 1;
  int IP_V6_SRC = 3;

  /** All flows of a family, which is {@link #IPV4} or {@link #IPV6}. */
  record OfFamily(int family) implements FlowRequest {
    @Override
    public int type() {
      return GET;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, family);
    }
  }

  /** The flows one of whose directions comes from an IPv4 address. Linux 5.8 and later. */
  record From(InetAddress source, Side side) implements FlowRequest {

    /** CTA_FILTER_FLAG(CTA_IP_SRC). */
    private static final int MATCH_SOURCE = 1;

    @Override
    public int type() {
      return GET;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, IPV4);
      int tuple = to.nest(side.attribute);
      int ip = to.nest(TUPLE_IP);
      to.attribute(IP_V4_SRC, source.getAddress());
      to.endNest(ip);
      to.endNest(tuple);
      int filter = to.nest(FILTER);
      to.u32(side.attribute, MATCH_SOURCE);
      to.endNest(filter);
    }
  }

  /** Forgets one flow. */
  final class Delete implements FlowRequest {
    private static final int NESTED = 0x8000;

    private final int family;
    private final byte[] original;
    private final byte[] id;
    private final byte @Nullable [] zone;

    /**
     * All as the kernel told it.
     *
     * @param original the flow's tuple
     * @param id tells the flow from a new one with the same tuple
     */
    Delete(int family, byte[] original, byte[] id, byte @Nullable [] zone) {
      this.family = family;
      this.original = original;
      this.id = id;
      this.zone = zone;
    }

    @Override
    public int type() {
      return DELETE;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, family);
      to.attribute(TUPLE_ORIG | NESTED, original);
      to.attribute(ID, id);
      if (zone != null) {
        to.attribute(ZONE, zone);
      }
    }

    @Override
    public String toString() {
      return "delete a flow of family " + family;
    }
  }
}
