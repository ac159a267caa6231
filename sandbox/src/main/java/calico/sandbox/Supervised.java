package calico.sandbox;

import calico.netlink.Netns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A process in a network namespace that is started again when it dies. Its output goes to a log
 * file.
 */
final class Supervised implements AutoCloseable {
  private static final long FIRST_DELAY_MILLIS = 200;
  private static final long LAST_DELAY_MILLIS = 5_000;
  private static final long STABLE_MILLIS = 10_000;

  private final Netns netns;
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path log;
  private final Consumer<ProcessHandle> onStart;
  private final Thread watcher;
  private volatile boolean closing;
  private volatile Process process;

  /**
   * Starts the process.
   *
   * @param environment added to this process's own
   * @param onStart told of each new process, before it is waited for
   */
  Supervised(
      String name,
      Netns netns,
      List<String> command,
      Map<String, String> environment,
      Path log,
      Consumer<ProcessHandle> onStart)
      throws IOException {
    this.netns = netns;
    this.command = command;
    this.environment = environment;
    this.log = log;
    this.onStart = onStart;
    Files.createDirectories(log.getParent());
    this.process = launch();
    this.watcher = Thread.ofPlatform().name("supervise-" + name).daemon().start(this::watch);
  }

  /** A child belongs to the network namespace of the thread that starts it. */
  private Process launch() throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    Process started = netns.call(builder::start);
    onStart.accept(started.toHandle());
    return started;
  }

  private void watch() {
    long delayMillis = FIRST_DELAY_MILLIS;
    while (!closing) {
      try {
        long startedNanos = System.nanoTime();
        process.waitFor();
        boolean stable = System.nanoTime() - startedNanos > STABLE_MILLIS * 1_000_000;
        delayMillis = stable ? FIRST_DELAY_MILLIS : Math.min(delayMillis * 2, LAST_DELAY_MILLIS);
        TimeUnit.MILLISECONDS.sleep(delayMillis);
        if (!closing) {
          process = launch();
        }
      } catch (InterruptedException e) {
        return;
      } catch (IOException e) {
        System.err.println("cannot start " + command.getFirst() + " again: " + e.getMessage());
      }
    }
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Ends the process at once: nothing of a sandbox outlives it. */
  @Override
  public void close() {
    closing = true;
    watcher.interrupt();
    process.destroyForcibly();
  }
}
