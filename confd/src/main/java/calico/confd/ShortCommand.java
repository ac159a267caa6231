package calico.confd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that ends soon, and what it had to say on its two outputs. */
record ShortCommand(int status, String output, String errors) {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** Runs a program without input to its end. */
  static ShortCommand run(List<String> command) throws BgpDaemonException, IOException {
    return run(command, new byte[0]);
  }

  /**
   * Runs a program to its end.
   *
   * @throws BgpDaemonException.Unavailable if it does not end
   */
  static ShortCommand run(List<String> command, byte[] input)
      throws BgpDaemonException, IOException {
    Path in = Files.createTempFile("confd", ".in"); // files, as a full pipe would hang us
    Path out = Files.createTempFile("confd", ".out");
    Path err = Files.createTempFile("confd", ".err");
    try {
      Files.write(in, input);
      return run(command, in, out, err);
    } finally {
      Files.delete(in);
      Files.delete(out);
      Files.delete(err);
    }
  }

  private static ShortCommand run(List<String> command, Path in, Path out, Path err)
      throws BgpDaemonException, IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      if (!process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new BgpDaemonException.Unavailable(
            "%s did not end within %s".formatted(String.join(" ", command), TIMEOUT), null);
      }
      return new ShortCommand(process.exitValue(), read(out), read(err));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BgpDaemonException.Unavailable("interrupted in " + command.getFirst(), e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  /** What it printed on both outputs. */
  String words() {
    return (output + errors).strip();
  }
}
