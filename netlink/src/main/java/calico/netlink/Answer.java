package calico.netlink;

import org.jspecify.annotations.Nullable;

/**
 * The kernel's acknowledgement, or the end of a dump.
 *
 * <pre>
 * NLMSG_ERROR: i32 -errno or 0, then the request's header; its body too unless NLM_F_CAPPED
 * NLMSG_DONE:  i32 -errno or 0
 * then, with NLM_F_ACK_TLVS:
 *   NLMSGERR_ATTR_MSG       (1)  string
 *   NLMSGERR_ATTR_OFFS      (2)  u32, from the request's header
 *   NLMSGERR_ATTR_MISS_TYPE (5)  u32, a required attribute
 * </pre>
 */
record Answer(int sequence, int errno, @Nullable String kernelMessage, int attributeOffset) {
  private static final int CAPPED = 0x100;
  private static final int ACK_TLVS = 0x200;
  private static final int MESSAGE = 1;
  private static final int OFFSET = 2;
  private static final int MISSING_TYPE = 5;

  static Answer of(Message message) {
    int errno = message.bodyLength() < 4 ? 0 : -message.u32(0);
    String text = null;
    int offset = -1;
    if ((message.flags() & ACK_TLVS) != 0) {
      AttributeReader in = message.attributes(attributesAt(message));
      while (in.next()) {
        switch (in.type()) {
          case MESSAGE -> text = in.string();
          case OFFSET -> offset = in.u32();
          case MISSING_TYPE -> {
            String missing = "attribute " + in.u32() + " is missing";
            text = text == null ? missing : text + "; " + missing;
          }
          default -> {}
        }
      }
    }
    return new Answer(message.sequence(), errno, text, offset);
  }

  private static int attributesAt(Message message) {
    if (message.type() == Message.DONE) {
      return 4;
    }
    if ((message.flags() & CAPPED) != 0) {
      return 4 + MessageWriter.HEADER_LENGTH;
    }
    int echoed = message.u32(4);
    if (echoed < MessageWriter.HEADER_LENGTH || echoed > message.bodyLength()) {
      throw new MalformedMessageException("an acknowledgement echoes " + echoed + " bytes");
    }
    return 4 + echoed;
  }

  NetlinkException exception(Request request) {
    return new NetlinkException(request.toString(), errno, kernelMessage, attributeOffset);
  }
}
