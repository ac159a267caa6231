package calico.systemtest;

import static org.junit.jupiter.api.Assertions.fail;

import calico.model.json.Json;
import calico.netlink.Netns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A sandbox that stays up for a test; removed at the end whatever happened. */
final class LiveSandbox implements AutoCloseable {
  private static final int UP_SECONDS = 90;

  final String name;
  private final Path log;
  private final Process process;

  private LiveSandbox(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
  }

  /** Starts one and waits until it has shown its second matrix. */
  static LiveSandbox start(String name, Path directory, String... options)
      throws IOException, InterruptedException {
    Path log = directory.resolve(name + ".log");
    String[] arguments = new String[options.length + 4];
    arguments[0] = "sandbox";
    arguments[1] = "--name";
    arguments[2] = name;
    arguments[3] = "--no-color";
    System.arraycopy(options, 0, arguments, 4, options.length);
    Process process = Distribution.start(Map.of(), log, "calico", arguments);
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
    try {
      return Files.readString(log);
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
    return Path.of("/run/calico-sandbox", name);
  }

  /** What the sandbox has written down of itself. */
  private Map<?, ?> state() throws IOException {
    return (Map<?, ?>) Json.parse(Files.readString(directory().resolve("state.json")));
  }

  String ip(String workload) throws IOException {
    for (Object member : (List<?>) state().get("members")) {
      if (member instanceof Map<?, ?> m && workload.equals(m.get("name"))) {
        return (String) m.get("ip");
      }
    }
    throw new AssertionError("no workload " + workload);
  }

  String etcdEndpoint() throws IOException {
    return (String) state().get("etcdEndpoint");
  }

  /** The JVM of a node daemon. */
  ProcessHandle daemon(String node) throws IOException {
    for (Object p : (List<?>) state().get("processes")) {
      if (p instanceof Map<?, ?> m && node.equals(m.get("name"))) {
        return ProcessHandle.of(((Number) m.get("pid")).longValue()).orElseThrow();
      }
    }
    throw new AssertionError("no process " + node);
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
    Distribution.run(Map.of(), "calico", "sandbox", "down", "--name", name);
  }
}
