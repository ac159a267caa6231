package calico.felix.dataplane;

import calico.netlink.Netns;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Network namespaces with unique names, which go away with it. */
final class Lab implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String prefix =
      "ct" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet() + "-";
  private final List<String> names = new ArrayList<>();
  private final List<Netns> open = new ArrayList<>();

  /** A new namespace with its loopback up. */
  Netns netns(String name) {
    Netns netns = Netns.create(prefix + name);
    names.add(prefix + name);
    open.add(netns);
    ip(name, "link set lo up");
    return netns;
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
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within ten seconds: " + what);
      }
      Thread.onSpinWait();
      java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() {
    open.forEach(Netns::close);
    names.forEach(Netns::delete);
  }
}
