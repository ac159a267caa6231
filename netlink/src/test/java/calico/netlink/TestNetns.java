package calico.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** A fresh network namespace for a test, and the usual tools run inside of it to check. */
public final class TestNetns implements AutoCloseable {
  private static final AtomicInteger NEXT = new AtomicInteger();

  private final String name;
  private final Netns netns;

  public TestNetns() {
    assertEquals(
        "root", System.getProperty("user.name"), "tests of the kernel have to be run as root");
    name = "nl-test-" + ProcessHandle.current().pid() + "-" + NEXT.incrementAndGet();
    netns = Netns.create(name);
  }

  public Netns netns() {
    return netns;
  }

  public String name() {
    return name;
  }

  /** Runs a program in the namespace; gives what it printed. */
  public String run(String... command) {
    return netns.call(() -> output(command));
  }

  private static String output(String... command) {
    try {
      Path out = Files.createTempFile("nl-test", ".out");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        int code = process.waitFor();
        String text = Files.readString(out, StandardCharsets.UTF_8);
        assertEquals(0, code, () -> String.join(" ", command) + ": " + text);
        return text;
      } finally {
        Files.delete(out);
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError("run " + String.join(" ", command), e);
    }
  }

  /** Waits until the condition holds; fails after ten seconds. */
  public static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadlineNanos) {
        throw new AssertionError("not within 10 s: " + what);
      }
      Thread.sleep(5);
    }
  }

  @Override
  public void close() {
    netns.close();
    Netns.delete(name);
  }
}
