package calico.netlink.route;

import calico.netlink.Message;
import calico.netlink.MessageWriter;
import calico.netlink.Request;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Requests about links; ifinfomsg as drawn in {@link RtMessage}. */
sealed interface LinkRequest extends Request {
  /** Of most: what a link is set to is sent like a new one. */
  @Override
  default int type() {
    return RtMessage.NEWLINK;
  }

  @Override
  default int flags() {
    return 0;
  }

  private static void header(MessageWriter to, int index, int flags, int change) {
    to.u8(0).u8(0).u16(0).u32(index).u32(flags).u32(change);
  }

  /** One link, by index or, with index 0, by name; or all of them in a dump (no name either). */
  record Get(int index, @Nullable String name) implements LinkRequest {
    @Override
    public int type() {
      return RtMessage.GETLINK;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, index, 0, 0);
      if (name != null) {
        to.string(RtMessage.IFLA_IFNAME, name);
      }
      to.u32(RtMessage.IFLA_EXT_MASK, RtMessage.SKIP_STATS);
    }
  }

  /** One end of a veth, or a link of another kind. */
  record End(String name, @Nullable Mac mac, int mtu, int queues, int netnsFd) {
    End(String name, @Nullable Mac mac, int mtu) {
      this(name, mac, mtu, 0, -1);
    }

    void attributes(MessageWriter to) {
      to.string(RtMessage.IFLA_IFNAME, name);
      if (mtu != 0) {
        to.u32(RtMessage.IFLA_MTU, mtu);
      }
      if (mac != null) {
        to.attribute(RtMessage.IFLA_ADDRESS, mac.bytes());
      }
      if (queues != 0) {
        to.u32(RtMessage.IFLA_NUM_TX_QUEUES, queues);
        to.u32(RtMessage.IFLA_NUM_RX_QUEUES, queues);
      }
      if (netnsFd >= 0) {
        to.u32(RtMessage.IFLA_NET_NS_FD, netnsFd);
      }
    }
  }

  /**
   * A new link; {@code peer} is a veth's other end.
   *
   * <pre>
   * IFLA_LINKINFO (nested)
   *   IFLA_INFO_KIND  string
   *   IFLA_INFO_DATA (nested)
   *     VETH_INFO_PEER  ifinfomsg, then the peer's attributes
   * </pre>
   */
  record Create(String kind, End end, @Nullable End peer) implements LinkRequest {
    @Override
    public int flags() {
      return Message.CREATE | Message.EXCLUSIVE;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, 0, 0, 0);
      end.attributes(to);
      int info = to.nest(RtMessage.IFLA_LINKINFO);
      to.string(RtMessage.IFLA_INFO_KIND, kind);
      if (peer != null) {
        int data = to.nest(RtMessage.IFLA_INFO_DATA);
        int other = to.nest(RtMessage.VETH_INFO_PEER);
        header(to, 0, 0, 0);
        peer.attributes(to);
        to.endNest(other);
        to.endNest(data);
      }
      to.endNest(info);
    }
  }

  /**
   * A new VXLAN device.
   *
   * <pre>
   * IFLA_LINKINFO (nested)
   *   IFLA_INFO_KIND  "vxlan"
   *   IFLA_INFO_DATA (nested)
   *     IFLA_VXLAN_ID u32  LINK u32  LOCAL or LOCAL6 address  LEARNING u8  PORT be16
   * </pre>
   */
  record CreateVxlan(End end, Link.Vxlan vxlan) implements LinkRequest {
    @Override
    public int flags() {
      return Message.CREATE | Message.EXCLUSIVE;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, 0, 0, 0);
      end.attributes(to);
      int info = to.nest(RtMessage.IFLA_LINKINFO);
      to.string(RtMessage.IFLA_INFO_KIND, "vxlan");
      int data = to.nest(RtMessage.IFLA_INFO_DATA);
      to.u32(RtMessage.IFLA_VXLAN_ID, vxlan.vni());
      if (vxlan.parent() != 0) {
        to.u32(RtMessage.IFLA_VXLAN_LINK, vxlan.parent());
      }
      InetAddress local = vxlan.local();
      if (local != null) {
        boolean v4 = IpFamily.of(local) == IpFamily.IPV4;
        to.attribute(
            v4 ? RtMessage.IFLA_VXLAN_LOCAL : RtMessage.IFLA_VXLAN_LOCAL6, local.getAddress());
      }
      to.u8(RtMessage.IFLA_VXLAN_LEARNING, vxlan.learning() ? 1 : 0);
      to.be16(RtMessage.IFLA_VXLAN_PORT, vxlan.port());
      to.endNest(data);
      to.endNest(info);
    }
  }

  /** Sets or clears flags. */
  record SetFlags(int index, int values, int change) implements LinkRequest {
    @Override
    public void encode(MessageWriter to) {
      header(to, index, values, change);
    }
  }

  /** Sets one numeric attribute: IFLA_MTU, IFLA_MASTER. */
  record SetNumber(int index, int attribute, int value) implements LinkRequest {
    @Override
    public void encode(MessageWriter to) {
      header(to, index, 0, 0);
      to.u32(attribute, value);
    }
  }

  /** Sets one text attribute: IFLA_IFNAME, IFLA_IFALIAS. */
  record SetText(int index, int attribute, String value) implements LinkRequest {
    @Override
    public void encode(MessageWriter to) {
      header(to, index, 0, 0);
      to.string(attribute, value);
    }
  }

  /** Sets the Ethernet address. */
  record SetMac(int index, Mac mac) implements LinkRequest {
    @Override
    public void encode(MessageWriter to) {
      header(to, index, 0, 0);
      to.attribute(RtMessage.IFLA_ADDRESS, mac.bytes());
    }
  }

  /** Deletes the link, of a veth both ends. */
  record Delete(int index) implements LinkRequest {
    @Override
    public int type() {
      return RtMessage.DELLINK;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, index, 0, 0);
    }
  }
}
