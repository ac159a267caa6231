package calico.sandbox;

/** A sandbox cannot be brought up, found or removed; the message says what to do. */
public final class SandboxException extends RuntimeException {
  private static final long serialVersionUID = 1;

  SandboxException(String message) {
    super(message);
  }

  SandboxException(String message, Throwable cause) {
    super(message, cause);
  }
}
