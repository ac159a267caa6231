package calico.confd;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts, finds and ends the process of a daemon. */
record DaemonProcess(DaemonProgram program, NetworkNamespace namespace, Behaviour behaviour) {
  private static final Logger log = LoggerFactory.getLogger(DaemonProcess.class);

  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(2);

  /** What differs between daemons. */
  interface Behaviour {
    /**
     * The command line behind the program's name.
     *
     * @param recover whether the one before died, and its routes are still there
     */
    List<String> arguments(boolean recover) throws BgpDaemonException;

    /** Asks a daemon that runs for a sign of life; it may need some tries after its start. */
    DaemonStatus ask() throws BgpDaemonException;

    /**
     * Called with each daemon that is new, once it answers, before anybody else is.
     *
     * @param recover as for its arguments
     */
    default void started(boolean recover) throws BgpDaemonException {}
  }

  /** The daemon that runs already, if it can be used, or a new one; it answers. */
  ProcessHandle adoptOrLaunch() throws BgpDaemonException {
    Optional<ProcessHandle> found = find();
    return found.isPresent() ? adopt(found.get()) : launch();
  }

  /**
   * The daemon that the pid file names, if that process is one that was started with this pid file:
   * process ids are used again.
   */
  Optional<ProcessHandle> find() {
    try {
      if (!Files.exists(program.pidFile())) {
        return Optional.empty();
      }
      long pid = Long.parseLong(Files.readString(program.pidFile()).strip());
      List<String> line = commandLine(pid);
      boolean ours =
          !line.isEmpty()
              && Path.of(line.getFirst()).endsWith(program.name())
              && line.contains(program.pidFile().toString());
      return ours ? ProcessHandle.of(pid) : Optional.empty();
    } catch (IOException | NumberFormatException _) {
      return Optional.empty(); // no such process
    }
  }

  /** The program and its arguments. */
  static List<String> commandLine(long pid) throws IOException {
    Path file = Path.of("/proc/" + pid + "/cmdline");
    return List.of(Files.readString(file, StandardCharsets.UTF_8).split("\0"));
  }

  private ProcessHandle adopt(ProcessHandle running) throws BgpDaemonException {
    String name = program.name();
    try {
      if (!namespace.contains(running)) {
        log.warn("{} is in another network namespace, replacing it pid={}", name, running.pid());
        end(running);
        return launch();
      }
      DaemonStatus status = behaviour.ask();
      log.info("adopted {} {} pid={}", name, status.version(), running.pid());
      return running;
    } catch (BgpDaemonException.Unavailable e) {
      log.warn("{} hangs, replacing it pid={}: {}", name, running.pid(), e.getMessage());
      kill(running);
      return launch();
    } catch (IOException e) {
      throw new BgpDaemonException(
          "cannot examine %s, pid %d: %s".formatted(name, running.pid(), e), e);
    }
  }

  /** A pid file that was left behind means that the daemon died and its routes are still there. */
  private ProcessHandle launch() throws BgpDaemonException {
    boolean recover = Files.exists(program.pidFile());
    List<String> command = new ArrayList<>(namespace.enter());
    command.add("setsid");
    command.add(program.binary().toString());
    command.addAll(behaviour.arguments(recover));
    try {
      for (Path file : List.of(program.pidFile(), program.log())) {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      Process process =
          new ProcessBuilder(command)
              .redirectInput(Redirect.from(new File("/dev/null")))
              .redirectErrorStream(true)
              .redirectOutput(Redirect.appendTo(program.log().toFile()))
              .start();
      awaitAnswer(process);
      behaviour.started(recover);
      log.info("started {} pid={} recovering={}", program.name(), process.pid(), recover);
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
        var _ = behaviour.ask();
        return;
      } catch (BgpDaemonException.Unavailable e) {
        if (!process.isAlive()) {
          throw new BgpDaemonException(
              "%s ended at once with status %d: %s"
                  .formatted(program.name(), process.exitValue(), lastWords()),
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
      List<String> lines = Files.readAllLines(program.log());
      return lines.isEmpty() ? "nothing in " + program.log() : lines.getLast();
    } catch (IOException e) {
      return "cannot read " + program.log() + ": " + e.getMessage();
    }
  }

  /** An orderly end. */
  void end(ProcessHandle running) throws BgpDaemonException {
    running.destroy();
    if (!waitForEnd(running)) {
      kill(running);
    }
    try {
      Files.deleteIfExists(program.pidFile());
    } catch (IOException e) {
      throw new BgpDaemonException("cannot delete %s: %s".formatted(program.pidFile(), e), e);
    }
  }

  /** Ends it as a crash would. */
  void kill(ProcessHandle running) throws BgpDaemonException {
    running.destroyForcibly();
    if (!waitForEnd(running)) {
      throw new BgpDaemonException(
          "%s does not end, pid %d".formatted(program.name(), running.pid()), null);
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
