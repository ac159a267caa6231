package calico.confd;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts, finds and ends the process of a BIRD daemon.
 *
 * @param control on the socket of {@code paths}
 */
record BirdProcess(BirdPaths paths, NetworkNamespace namespace, BirdControl control) {
  private static final Logger log = LoggerFactory.getLogger(BirdProcess.class);

  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(2);

  /**
   * The program, from PATH or where distributions put it.
   *
   * @throws BgpDaemonException if it is not installed
   */
  static Path binary() throws BgpDaemonException {
    List<String> places = new ArrayList<>();
    String path = System.getenv("PATH");
    if (path != null) {
      places.addAll(Arrays.asList(path.split(File.pathSeparator)));
    }
    places.addAll(List.of("/usr/sbin", "/usr/local/sbin", "/sbin"));
    return binary(places);
  }

  static Path binary(List<String> directories) throws BgpDaemonException {
    for (String directory : directories) {
      Path candidate = Path.of(directory, "bird");
      if (!directory.isEmpty() && Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    throw new BgpDaemonException("bird not found: install the package bird2", null);
  }

  /** The daemon that runs already, if it can be used, or a new one; it answers. */
  ProcessHandle adoptOrLaunch() throws BgpDaemonException {
    Optional<ProcessHandle> found = find();
    return found.isPresent() ? adopt(found.get()) : launch();
  }

  private List<String> command(boolean recover) throws BgpDaemonException {
    List<String> command = new ArrayList<>(List.of(binary().toString(), "-f"));
    if (recover) {
      command.add("-R");
    }
    command.addAll(
        List.of(
            "-c", paths.config().toString(),
            "-s", paths.socket().toString(),
            "-P", paths.pidFile().toString()));
    return command;
  }

  /**
   * The daemon that the pid file names, if that process is one that was started with exactly these
   * paths: process ids are used again.
   */
  Optional<ProcessHandle> find() throws BgpDaemonException {
    try {
      if (!Files.exists(paths.pidFile())) {
        return Optional.empty();
      }
      long pid = Long.parseLong(Files.readString(paths.pidFile()).strip());
      String[] line =
          Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.UTF_8)
              .split("\0");
      List<String> arguments = new ArrayList<>(Arrays.asList(line));
      arguments.remove("-R");
      List<String> expected = command(false);
      boolean ours =
          !arguments.isEmpty()
              && Path.of(arguments.getFirst()).endsWith("bird")
              && arguments
                  .subList(1, arguments.size())
                  .equals(expected.subList(1, expected.size()));
      return ours ? ProcessHandle.of(pid) : Optional.empty();
    } catch (IOException | NumberFormatException _) {
      return Optional.empty(); // no such process
    }
  }

  private ProcessHandle adopt(ProcessHandle running) throws BgpDaemonException {
    try {
      if (!namespace.contains(running)) {
        log.warn("BIRD is in another network namespace, replacing it pid={}", running.pid());
        end(running);
        return launch();
      }
      DaemonStatus status = control.status();
      log.info("adopted {} pid={}", status.version(), running.pid());
      return running;
    } catch (BgpDaemonException.Unavailable e) {
      log.warn("BIRD hangs, replacing it pid={}: {}", running.pid(), e.getMessage());
      running.destroyForcibly();
      waitForEnd(running);
      return launch();
    } catch (IOException e) {
      throw new BgpDaemonException("cannot examine BIRD, pid " + running.pid() + ": " + e, e);
    }
  }

  /** A pid file that was left behind means that BIRD died and its routes are still there. */
  private ProcessHandle launch() throws BgpDaemonException {
    boolean recover = Files.exists(paths.pidFile());
    List<String> command = new ArrayList<>(namespace.enter());
    command.add("setsid");
    command.addAll(command(recover));
    try {
      for (Path file : List.of(paths.socket(), paths.pidFile(), paths.log())) {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      Process process =
          new ProcessBuilder(command)
              .redirectInput(Redirect.from(new File("/dev/null")))
              .redirectErrorStream(true)
              .redirectOutput(Redirect.appendTo(paths.log().toFile()))
              .start();
      awaitAnswer(process);
      log.info("started BIRD pid={} recovering={}", process.pid(), recover);
      return process.toHandle();
    } catch (IOException e) {
      throw new BgpDaemonException(
          "cannot run " + String.join(" ", command) + ": " + e.getMessage(), e);
    }
  }

  private void awaitAnswer(Process process) throws BgpDaemonException {
    long deadline = System.nanoTime() + ANSWER.toNanos();
    while (true) {
      try {
        control.status();
        return;
      } catch (BgpDaemonException.Unavailable e) {
        if (!process.isAlive()) {
          throw new BgpDaemonException(
              "BIRD ended at once with status %d: %s".formatted(process.exitValue(), lastWords()),
              e);
        }
        if (System.nanoTime() > deadline) {
          process.destroyForcibly();
          throw e;
        }
        LockSupport.parkNanos(POLL.toNanos());
      }
    }
  }

  private String lastWords() {
    try {
      List<String> lines = Files.readAllLines(paths.log());
      return lines.isEmpty() ? "nothing in " + paths.log() : lines.getLast();
    } catch (IOException e) {
      return "cannot read " + paths.log() + ": " + e.getMessage();
    }
  }

  static void end(ProcessHandle running) throws BgpDaemonException {
    running.destroy();
    if (!waitForEnd(running)) {
      running.destroyForcibly();
      if (!waitForEnd(running)) {
        throw new BgpDaemonException("BIRD does not end, pid " + running.pid(), null);
      }
    }
  }

  private static boolean waitForEnd(ProcessHandle running) {
    long deadline = System.nanoTime() + ANSWER.toNanos();
    while (running.isAlive() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL.toNanos());
    }
    return !running.isAlive();
  }
}
