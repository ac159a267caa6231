package calico.felix.dataplane;

import calico.netlink.Netns;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Network namespaces with unique names, which go away with it. */
final class Lab implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String prefix =
      "ct" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet() + "-";
  private final List<String> names = new ArrayList<>();
  private final Map<String, Netns> open = new LinkedHashMap<>();

  /** A new namespace with its loopback up. */
  Netns netns(String name) {
    Netns netns = Netns.create(prefix + name);
    names.add(prefix + name);
    open.put(name, netns);
    ip(name, "link set lo up");
    return netns;
  }

  /** A namespace that was made before. */
  Netns open(String name) {
    return Objects.requireNonNull(open.get(name), name);
  }

  /** The namespace's name for {@code ip netns}. */
  String name(String name) {
    return prefix + name;
  }

  String ip(String name, String arguments) {
    return run("ip -n " + prefix + name + " " + arguments);
  }

  String nft(String name, String arguments) {
    return run("ip netns exec " + prefix + name + " nft " + arguments);
  }

  /** Runs a command in a namespace. */
  String run(String name, String command) {
    return run("ip netns exec " + prefix + name + " " + command);
  }

  /** Runs a command, split at blanks, and gives its output. */
  static String run(String command) {
    try {
      Process process = new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(command + ": " + output);
      }
      return output;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(command, e);
    }
  }

  /** Waits until something holds; fails after ten seconds. */
  static void await(String what, BooleanSupplier condition) {
    await(() -> what, condition);
  }

  /** As {@link #await(String, BooleanSupplier)}, with what is to be said at the end. */
  static void await(Supplier<String> what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within ten seconds: " + what.get());
      }
      Thread.onSpinWait();
      java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() {
    open.values().forEach(Netns::close);
    names.forEach(Netns::delete);
  }
}
