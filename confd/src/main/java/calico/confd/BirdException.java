package calico.confd;

import org.jspecify.annotations.Nullable;

/** BIRD refused something or gave no answer. The message says what was asked and what to do. */
public class BirdException extends Exception {
  private static final long serialVersionUID = 1;

  public BirdException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** BIRD answered with an error. Asking the same again gives the same answer. */
  public static final class Refused extends BirdException {
    private static final long serialVersionUID = 1;

    public Refused(String message) {
      super(message, null);
    }
  }

  /** No answer: the daemon is not running, or hangs. Worth trying again. */
  public static final class Unavailable extends BirdException {
    private static final long serialVersionUID = 1;

    public Unavailable(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
