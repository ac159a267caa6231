package calico.netlink.route;

import calico.netlink.Message;
import calico.netlink.MessageWriter;
import calico.netlink.Request;

/**
 * Requests about addresses, neighbours and forwarding entries; headers as drawn in {@link
 * RtMessage}.
 */
sealed interface AddressRequest extends Request {
  /** RTM_NEWADDR or RTM_DELADDR. */
  record OfLink(int type, Address address) implements AddressRequest {
    @Override
    public int flags() {
      return type == RtMessage.NEWADDR ? Message.CREATE | Message.EXCLUSIVE : 0;
    }

    @Override
    public void encode(MessageWriter to) {
      byte[] bytes = address.address().getAddress();
      to.u8(IpFamily.of(address.address()).code)
          .u8(address.prefixLength())
          .u8(address.flags())
          .u8(address.scope())
          .u32(address.interfaceIndex())
          .attribute(RtMessage.IFA_LOCAL, bytes)
          .attribute(RtMessage.IFA_ADDRESS, bytes);
      if (address.flags() > 0xff) {
        to.u32(RtMessage.IFA_FLAGS, address.flags());
      }
    }

    @Override
    public String toString() {
      return (type == RtMessage.NEWADDR ? "add " : "delete ") + address;
    }
  }

  /** RTM_NEWNEIGH or RTM_DELNEIGH. */
  record OfNeighbour(int type, int flags, Neighbour neighbour) implements AddressRequest {
    @Override
    public void encode(MessageWriter to) {
      to.u8(IpFamily.of(neighbour.address()).code).u8(0).u16(0).u32(neighbour.interfaceIndex());
      to.u16(neighbour.state()).u8(0).u8(0);
      to.attribute(RtMessage.NDA_DST, neighbour.address().getAddress());
      if (neighbour.mac() != null) {
        to.attribute(RtMessage.NDA_LLADDR, neighbour.mac().bytes());
      }
    }

    @Override
    public String toString() {
      return (type == RtMessage.NEWNEIGH ? "add " : "delete ") + neighbour;
    }
  }

  /** RTM_NEWNEIGH or RTM_DELNEIGH of a device's forwarding database. */
  record OfForwarding(int type, int flags, Forwarding entry) implements AddressRequest {
    @Override
    public void encode(MessageWriter to) {
      to.u8(RtMessage.AF_BRIDGE).u8(0).u16(0).u32(entry.interfaceIndex());
      to.u16(entry.state()).u8(RtMessage.NTF_SELF).u8(0);
      to.attribute(RtMessage.NDA_LLADDR, entry.mac().bytes());
      to.attribute(RtMessage.NDA_DST, entry.destination().getAddress());
    }

    @Override
    public String toString() {
      return (type == RtMessage.NEWNEIGH ? "add " : "delete ") + entry;
    }
  }
}
