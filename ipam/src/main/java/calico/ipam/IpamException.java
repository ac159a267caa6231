package calico.ipam;

import calico.model.Cidr;
import calico.model.Ip;
import org.jspecify.annotations.Nullable;

/** An allocation or release that cannot be done as asked. */
public class IpamException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public IpamException(String message) {
    super(message);
  }

  public IpamException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The address is taken, or still cooling down after its release. */
  public static final class AlreadyAssigned extends IpamException {
    private static final long serialVersionUID = 1;

    /** Who holds it; null if nobody is recorded. */
    public final @Nullable String handleId;

    AlreadyAssigned(Ip ip, Cidr block, @Nullable String handleId) {
      super(
          "address "
              + ip
              + " in block "
              + block
              + (handleId == null
                  ? " is already assigned without a handle, or cooling down after its release"
                  : " is already assigned to handle " + handleId));
      this.handleId = handleId;
    }
  }

  /** The address is held by another owner than the one who releases it. */
  public static final class BadHandle extends IpamException {
    private static final long serialVersionUID = 1;

    BadHandle(Ip ip, String requested, String actual) {
      super(
          "update conflict: "
              + ip
              + " is held by handle '"
              + actual
              + "', not '"
              + requested
              + "'; nothing of its block was released");
    }
  }

  /** The address has been released, and maybe assigned again, since the caller looked. */
  public static final class BadSequenceNumber extends IpamException {
    private static final long serialVersionUID = 1;

    private final boolean allocated;

    BadSequenceNumber(Ip ip, long requested, long actual) {
      super(
          "update conflict: "
              + ip
              + (actual == 0 ? " is not allocated" : " was allocated at sequence number " + actual)
              + ", not at "
              + requested
              + " as when it was looked at; nothing of its block was released");
      allocated = actual != 0;
    }

    /** Whether somebody else has the address now; otherwise nobody has. */
    public boolean isAllocated() {
      return allocated;
    }
  }
}
