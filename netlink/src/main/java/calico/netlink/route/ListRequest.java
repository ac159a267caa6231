package calico.netlink.route;

import calico.netlink.MessageWriter;
import calico.netlink.Request;

/** Dumps; with strict checking, what is set in the header filters. */
sealed interface ListRequest extends Request {
  @Override
  default int flags() {
    return 0;
  }

  /** Addresses of both families; of one interface when the index is not 0. */
  record Addresses(int interfaceIndex) implements ListRequest {
    @Override
    public int type() {
      return RtMessage.GETADDR;
    }

    @Override
    public void encode(MessageWriter to) {
      to.u8(0).u8(0).u8(0).u8(0).u32(interfaceIndex);
    }
  }

  /** Routes of one family. */
  record Routes(IpFamily family, RouteFilter filter) implements ListRequest {
    @Override
    public int type() {
      return RtMessage.GETROUTE;
    }

    @Override
    public void encode(MessageWriter to) {
      to.u8(family.code).u8(0).u8(0).u8(0);
      to.u8(0).u8(filter.protocol()).u8(0).u8(0).u32(0);
      if (filter.table() != 0) {
        to.u32(RtMessage.RTA_TABLE, filter.table());
      }
      if (filter.interfaceIndex() != 0) {
        to.u32(RtMessage.RTA_OIF, filter.interfaceIndex());
      }
    }
  }

  /** Routing rules of one family. */
  record Rules(IpFamily family) implements ListRequest {
    @Override
    public int type() {
      return RtMessage.GETRULE;
    }

    @Override
    public void encode(MessageWriter to) {
      to.u8(family.code).u8(0).u16(0).u32(0).u32(0);
    }
  }

  /** Neighbours of both families, without proxied ones. */
  record Neighbours(int interfaceIndex) implements ListRequest {
    @Override
    public int type() {
      return RtMessage.GETNEIGH;
    }

    @Override
    public void encode(MessageWriter to) {
      to.u8(0).u8(0).u16(0).u32(0).u16(0).u8(0).u8(0);
      if (interfaceIndex != 0) {
        to.u32(RtMessage.NDA_IFINDEX, interfaceIndex);
      }
    }
  }

  /** The forwarding database of one device. */
  record Forwardings(int interfaceIndex) implements ListRequest {
    @Override
    public int type() {
      return RtMessage.GETNEIGH;
    }

    @Override
    public void encode(MessageWriter to) {
      to.u8(RtMessage.AF_BRIDGE).u8(0).u16(0).u32(interfaceIndex).u16(0).u8(0).u8(0);
    }
  }
}
