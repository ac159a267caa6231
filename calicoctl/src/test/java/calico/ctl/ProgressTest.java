package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The line that shows how far an operation has got. */
class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream terminal = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void oneLineThatIsGoneAtTheEnd() {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    try (Progress progress = new Progress(terminal, true, "writing", 1000)) {
      while (bytes.size() == 0 && System.nanoTime() < end) {
        progress.step();
        Thread.onSpinWait();
      }
    }
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(text.matches("\r\033\\[Kwriting \\d+ of 1000\r\033\\[K"), text);
  }

  @Test
  void nothingWithoutATerminalOrForWhatTakesNoTime() {
    try (Progress progress = new Progress(terminal, true, "writing", 1000)) {
      progress.step();
    }
    long end = System.nanoTime() + Duration.ofMillis(500).toNanos();
    try (Progress progress = new Progress(terminal, false, "writing", 1000)) {
      while (System.nanoTime() < end) {
        progress.step();
      }
    }
    assertEquals(0, bytes.size());
  }
}
