package calico.confd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program that ends soon, and what it had to say.
 *
 * @param words what it printed, on both of its outputs
 */
record ShortCommand(int status, String words) {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /**
   * Runs a program to its end.
   *
   * @throws BgpDaemonException.Unavailable if it does not end
   */
  static ShortCommand run(List<String> command) throws BgpDaemonException, IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new BgpDaemonException.Unavailable(
            "%s did not end within %s".formatted(String.join(" ", command), TIMEOUT), null);
      }
      return new ShortCommand(process.exitValue(), words.strip());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BgpDaemonException.Unavailable("interrupted in " + command.getFirst(), e);
    } finally {
      process.destroyForcibly();
    }
  }
}
