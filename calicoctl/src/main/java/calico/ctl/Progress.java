package calico.ctl;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How far a long operation has got: one line on a terminal that is written over, and is gone at the
 * end. Nothing where the standard error is no terminal, and nothing for what takes no time.
 */
final class Progress implements AutoCloseable {
  private static final long INTERVAL_NANOS = 200_000_000;

  /** To the beginning of the line, and erase it. */
  private static final String ERASE = "\r\033[K";

  private final PrintStream terminal;
  private final boolean shown;
  private final String what;
  private final int total;
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicLong next = new AtomicLong(System.nanoTime() + INTERVAL_NANOS);
  private boolean written;

  /**
   * Of an operation that begins now.
   *
   * @param shown whether it may be seen
   * @param what is being done, such as "applying"
   * @param total number of steps, 0 if nobody knows
   */
  Progress(PrintStream terminal, boolean shown, String what, int total) {
    this.terminal = terminal;
    this.shown = shown;
    this.what = what;
    this.total = total;
  }

  /** Whether the process's standard error is a terminal. */
  static boolean onTerminal() {
    try {
      String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return device.startsWith("/dev/pts/")
          || device.startsWith("/dev/tty")
          || device.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }

  /** One more is done. Thread-safe. */
  void step() {
    int now = done.incrementAndGet();
    if (!shown) {
      return;
    }
    long due = next.get();
    long time = System.nanoTime();
    if (time - due >= 0 && next.compareAndSet(due, time + INTERVAL_NANOS)) {
      write("%s%s %d%s".formatted(ERASE, what, now, total == 0 ? "" : " of " + total));
    }
  }

  private synchronized void write(String text) {
    written = true;
    terminal.print(text);
    terminal.flush();
  }

  /** Takes the line away. */
  @Override
  public synchronized void close() {
    if (written) {
      terminal.print(ERASE);
      terminal.flush();
      written = false;
    }
  }
}
