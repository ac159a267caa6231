package calico.sandbox;

import java.io.PrintStream;
import java.util.Locale;

/** One line per step with the seconds that it took. */
final class Progress {
  private final PrintStream out;
  private final boolean color;
  private final long startedNanos = System.nanoTime();
  private long stepNanos = startedNanos;

  Progress(PrintStream out, boolean color) {
    this.out = out;
    this.color = color;
  }

  /** The step that began after the last one is done. */
  void done(String what) {
    long now = System.nanoTime();
    String seconds = String.format(Locale.ROOT, "%6.2f s", (now - stepNanos) / 1e9);
    out.println((color ? "\u001b[2m" + seconds + "\u001b[0m" : seconds) + "  " + what);
    out.flush();
    stepNanos = now;
  }

  /** Text that is not a step. */
  void show(String text) {
    out.println(text);
    out.flush();
  }

  double totalSeconds() {
    return (System.nanoTime() - startedNanos) / 1e9;
  }
}
