package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs programs of the distribution under test. */
final class Distribution {
  static final Path HOME = Path.of("..", "dist").toAbsolutePath().normalize();
  private static final int TIMEOUT_SECONDS = 180;

  private Distribution() {}

  /** A finished command. */
  record Result(int status, String output) {}

  /** Runs a command of dist/bin with stdout and stderr together. */
  static Result run(Map<String, String> environment, String program, String... arguments)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile("calico-test", ".log");
    try {
      Process process = start(environment, log, program, arguments);
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(program + " did not end: " + Files.readString(log));
      }
      return new Result(process.exitValue(), Files.readString(log, StandardCharsets.UTF_8));
    } finally {
      Files.delete(log);
    }
  }

  /** Starts a command of dist/bin with its output in {@code log}. */
  static Process start(
      Map<String, String> environment, Path log, String program, String... arguments)
      throws IOException {
    Path executable = HOME.resolve("bin").resolve(program);
    assertTrue(Files.isExecutable(executable), executable + " is missing: run ./calico build");
    List<String> command = new ArrayList<>(List.of(executable.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    return builder.redirectOutput(log.toFile()).start();
  }
}
