package calico.netlink;

import org.jspecify.annotations.Nullable;

/** The kernel refused a request, or a system call failed. */
public final class NetlinkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String request;
  private final @Nullable String kernelMessage;

  /**
   * @param request what was asked, for people
   * @param errno as in errno.h, positive
   * @param kernelMessage the extended acknowledgement's text (NLMSGERR_ATTR_MSG), if any
   * @param attributeOffset where in the request message, in bytes from its header, the offending
   *     attribute begins (NLMSGERR_ATTR_OFFS); -1 when the kernel did not say
   */
  public NetlinkException(
      String request, int errno, @Nullable String kernelMessage, int attributeOffset) {
    super(
        request
            + ": "
            + Errno.name(errno)
            + (kernelMessage == null ? "" : ": " + kernelMessage)
            + (attributeOffset < 0 ? "" : " (attribute at byte " + attributeOffset + ")"));
    this.errno = errno;
    this.request = request;
    this.kernelMessage = kernelMessage;
  }

  public NetlinkException(String request, int errno) {
    this(request, errno, null, -1);
  }

  public int errno() {
    return errno;
  }

  public String request() {
    return request;
  }

  public @Nullable String kernelMessage() {
    return kernelMessage;
  }
}
