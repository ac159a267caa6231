package calico.confd;

import org.jspecify.annotations.Nullable;

/** A BGP daemon refused something or gave no answer. The message says what was asked. */
public class BgpDaemonException extends Exception {
  private static final long serialVersionUID = 1;

  public BgpDaemonException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** The daemon answered with an error. Asking the same again gives the same answer. */
  public static final class Refused extends BgpDaemonException {
    private static final long serialVersionUID = 1;

    public Refused(String message) {
      super(message, null);
    }
  }

  /** No answer: the daemon is not running, or hangs. Worth trying again. */
  public static final class Unavailable extends BgpDaemonException {
    private static final long serialVersionUID = 1;

    public Unavailable(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
