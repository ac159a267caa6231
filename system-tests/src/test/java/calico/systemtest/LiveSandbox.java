package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import calico.netlink.Netns;
import calico.sandbox.SandboxPaths;
import calico.sandbox.SandboxState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A sandbox that stays up for a test; removed at the end whatever happened. */
final class LiveSandbox implements AutoCloseable {
  private static final int UP_SECONDS = 90;

  final String name;
  private final Path log;
  private final Process process;
  private boolean crashed;

  private LiveSandbox(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
  }

  /** Starts one and waits until it has shown its second matrix. */
  static LiveSandbox start(String name, Path directory, String... options)
      throws IOException, InterruptedException {
    return start(Map.of(), name, directory, options);
  }

  /** Starts one whose processes have this in their environment too. */
  static LiveSandbox start(
      Map<String, String> environment, String name, Path directory, String... options)
      throws IOException, InterruptedException {
    Path log = directory.resolve(name + ".log");
    String[] arguments = new String[options.length + 4];
    arguments[0] = "sandbox";
    arguments[1] = "--name";
    arguments[2] = name;
    arguments[3] = "--no-color";
    System.arraycopy(options, 0, arguments, 4, options.length);
    Process process = Distribution.start(environment, log, "calico", arguments);
    LiveSandbox sandbox = new LiveSandbox(name, log, process);
    try {
      await(
          "the sandbox to be up; it printed:\n" + log,
          UP_SECONDS,
          () -> sandbox.output().contains("stays up until Ctrl-C") || !process.isAlive());
      if (!process.isAlive()) {
        fail("the sandbox ended: " + sandbox.output());
      }
      return sandbox;
    } catch (Throwable e) {
      sandbox.close();
      throw e;
    }
  }

  String output() {
    return read(log);
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  Process process() {
    return process;
  }

  Netns netns(String part) {
    return Netns.named("calico-" + name + "-" + part);
  }

  Path directory() {
    return SandboxPaths.DEFAULT_BASE.resolve(name);
  }

  /** Ends the sandbox's own process as a crash would. */
  void crash() throws InterruptedException {
    crashed = true;
    process.destroyForcibly().waitFor();
  }

  /** What the sandbox has written down of itself. */
  private SandboxState.Content state() throws IOException {
    return SandboxState.read(directory().resolve("state.json"))
        .orElseThrow(() -> new AssertionError("sandbox " + name + " has no state file"));
  }

  String ip(String workload) throws IOException {
    return state().members().stream()
        .filter(m -> m.name().equals(workload))
        .map(m -> Objects.requireNonNull(m.ip(), workload))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no workload " + workload));
  }

  String etcdEndpoint() throws IOException {
    return Objects.requireNonNull(state().etcdEndpoint(), "etcdEndpoint");
  }

  /** The JVM of a node daemon. */
  ProcessHandle daemon(String node) throws IOException {
    return state().processes().stream()
        .filter(p -> p.name().equals(node))
        .flatMap(p -> p.find().stream())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no process " + node));
  }

  /** The BIRD of a node. */
  ProcessHandle bird(String node) throws IOException {
    String pid = Files.readString(directory().resolve(node).resolve("run/calico/bird.pid"));
    return ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
  }

  /** The etcd on the sandbox's data directory. */
  ProcessHandle etcd() {
    String argument = "--data-dir=" + directory().resolve("etcd");
    return ProcessHandle.allProcesses()
        .filter(h -> List.of(h.info().arguments().orElse(new String[0])).contains(argument))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no etcd runs on " + argument));
  }

  Distribution.Result calicoctl(String... arguments) throws IOException, InterruptedException {
    return Distribution.run(
        Map.of("DATASTORE_TYPE", "etcdv3", "ETCD_ENDPOINTS", etcdEndpoint()),
        "calicoctl",
        arguments);
  }

  /** Namespaces and directories of sandboxes whose names begin so. */
  static List<String> leftovers(String name) throws IOException {
    List<String> found = new ArrayList<>();
    for (Path parent : List.of(Netns.DIRECTORY, SandboxPaths.DEFAULT_BASE)) {
      if (Files.exists(parent)) {
        try (Stream<Path> entries = Files.list(parent)) {
          entries
              .map(p -> p.getFileName().toString())
              .filter(n -> n.startsWith(name) || n.startsWith("calico-" + name))
              .forEach(found::add);
        }
      }
    }
    return found;
  }

  static void await(String what, int seconds, BooleanSupplier condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        fail("waited " + seconds + " s for " + what);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    List<String> left = leftovers(name);
    Distribution.run(Map.of(), "calico", "sandbox", "down", "--name", name);
    if (crashed) {
      return;
    }
    assertEquals(List.of(), left, "left behind by a sandbox that was asked to end");
  }
}
