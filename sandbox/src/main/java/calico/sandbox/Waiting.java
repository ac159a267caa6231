package calico.sandbox;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for conditions outside of this process. */
final class Waiting {
  private static final long INTERVAL_MILLIS = 10;

  private Waiting() {}

  /**
   * Returns as soon as the condition holds.
   *
   * @param what is waited for, for the message
   * @throws SandboxException if it does not hold in time
   */
  static void await(Duration timeout, String what, BooleanSupplier condition) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new SandboxException("waited " + timeout.toSeconds() + " s for " + what);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }
}
