package calico.sandbox;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/**
 * Ends a sandbox in the thread that runs it, also when a signal asks for it: the signal interrupts
 * that thread, which then takes everything down, and the process ends after that.
 */
final class Ending {
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);

  private Ending() {}

  /**
   * Listens for SIGINT and SIGTERM.
   *
   * @param runner runs the sandbox and calls {@link #finish}
   */
  static Ending onSignal(Thread runner) {
    Ending ending = new Ending();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> ending.ask(runner)));
    return ending;
  }

  private void ask(Thread runner) {
    asked.countDown();
    while (true) {
      runner.interrupt();
      try {
        finished.await();
        return;
      } catch (InterruptedException _) {
        // nothing may keep the sandbox from being removed
      }
    }
  }

  /** Whether a signal has come. */
  boolean isAsked() {
    return asked.getCount() == 0;
  }

  /** Waits for a signal. */
  void await() throws InterruptedException {
    asked.await();
  }

  /** Removes the sandbox. */
  void finish(Sandbox sandbox) {
    var _ = Thread.interrupted(); // what follows has to be done all the same
    try {
      sandbox.close();
    } catch (IOException | RuntimeException e) {
      System.err.println("calico sandbox: " + e.getMessage() + "; run: calico sandbox down");
    } finally {
      finished.countDown();
    }
  }
}
