package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Verbs that go on while the datastore changes. */
class WatchAndWaitTest {
  private final MemoryDatastore datastore = new MemoryDatastore();

  @AfterEach
  void close() {
    datastore.close();
  }

  @Test
  void watchPrintsWhatIsThereAndThenWhatChanges() throws Exception {
    set("a", "192.0.2.1");
    try (Running watch = new Running("get", "globalnetworksets", "-w", "-o", "wide")) {
      watch.awaitLine(l -> l.startsWith("a ") && l.contains("192.0.2.1/32"));
      set("a", "192.0.2.2");
      watch.awaitLine(l -> l.startsWith("a ") && l.contains("192.0.2.2/32"));
      datastore.compact();
      datastore.breakWatches();
      set("b", "192.0.2.3");
      watch.awaitLine(l -> l.startsWith("b ") && l.contains("192.0.2.3/32"));
      Console.run(datastore, "delete", "globalnetworkset", "a");
      watch.awaitLine(l -> l.startsWith("a ") && l.endsWith("(deleted)"));
      assertEquals(0, watch.interrupt());
      assertEquals(1, watch.lines().stream().filter(l -> l.startsWith("NAME")).count());
      assertEquals(5, watch.lines().size(), () -> watch.lines().toString());
    }
  }

  @Test
  void watchOfOneNameIsOfThatOne() throws Exception {
    set("a", "192.0.2.1");
    set("ab", "192.0.2.2");
    try (Running watch =
        new Running("get", "gnetsets", "a", "--watch", "-o", "jsonpath={.metadata.name}\n")) {
      watch.awaitLine(l -> l.equals("a"));
      set("ab", "192.0.2.3");
      set("a", "192.0.2.4");
      watch.await(() -> watch.lines().size() == 2);
      assertEquals(List.of("a", "a"), watch.lines());
    }
  }

  @Test
  void watchOnlyPrintsNoMoreThanChanges() throws Exception {
    set("a", "192.0.2.1");
    try (Running watch = new Running("get", "gnetsets", "--watch-only", "-o", "yaml")) {
      // The first listing may not be done yet: change until a change is reported.
      AtomicInteger host = new AtomicInteger(2);
      watch.await(
          () -> {
            set("b", "192.0.2." + host.getAndIncrement() % 250);
            return !watch.lines().isEmpty();
          });
      assertFalse(watch.lines().contains("  name: a"), () -> watch.lines().toString());
      Console.run(datastore, "delete", "globalnetworkset", "b");
      watch.awaitLine(l -> l.startsWith("  deletionTimestamp: "));
    }
  }

  @Test
  void watchOfWhatIsNotThereFails() {
    Console c = Console.run(datastore, "get", "gnetsets", "nosuch", "-w");
    assertEquals(1, c.status());
    assertTrue(c.err().contains("resource does not exist"), c.err());
    datastore.setUnavailable(true);
    assertEquals(
        1, Console.run(datastore, "get", "gnetsets", "-w", "--allow-version-mismatch").status());
  }

  @Test
  void waitsForCreationValueAndDeletion() throws Exception {
    try (Running wait = new Running("wait", "gnetsets", "a", "--for=create", "--timeout=1m")) {
      set("a", "192.0.2.1");
      assertEquals(0, wait.join());
      assertEquals(List.of("globalnetworkset/a condition met"), wait.lines());
    }
    try (Running wait =
        new Running("wait", "gnetsets", "a", "--for=jsonpath={.spec.nets[0]}=192.0.2.2/32")) {
      set("a", "192.0.2.2");
      assertEquals(0, wait.join());
    }
    try (Running wait = new Running("wait", "gnetsets", "a", "--for=delete")) {
      Console.run(datastore, "delete", "globalnetworkset", "a");
      assertEquals(0, wait.join());
    }
    assertEquals(0, Console.run(datastore, "wait", "gnetsets", "a", "--for=delete").status());
  }

  @Test
  void waitsForConditions() {
    Console.runWithInput(
        datastore,
        """
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: p}
        spec: {cidr: 10.1.0.0/16}
        status: {conditions: [{type: Allocatable, status: "False"}]}
        """,
        "apply",
        "-f",
        "-");
    assertEquals(
        0,
        Console.run(datastore, "wait", "ippool", "p", "--for=condition=allocatable=false")
            .status());
    Console c =
        Console.run(datastore, "wait", "ippool", "p", "--for=condition=Allocatable", "--timeout=0");
    assertEquals(1, c.status());
    assertTrue(
        c.err().contains("timed out waiting for condition=Allocatable on ippools/p"), c.err());
    Console late = Console.run(datastore, "wait", "ippool", "p", "--for=delete", "--timeout=50ms");
    assertEquals(1, late.status());
    Console absent = Console.run(datastore, "wait", "ippool", "q", "--for=condition=Allocatable");
    assertTrue(absent.err().contains("resource does not exist"), absent.err());
  }

  private void set(String name, String address) {
    Console c =
        Console.runWithInput(
            datastore,
            """
            apiVersion: projectcalico.org/v3
            kind: GlobalNetworkSet
            metadata: {name: %s}
            spec: {nets: [%s/32]}
            """
                .formatted(name, address),
            "apply",
            "-f",
            "-");
    assertEquals(0, c.status(), c.err());
  }

  /** A command in a thread of its own. */
  private final class Running implements AutoCloseable {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Thread thread;
    private volatile int status = -1;

    Running(String... args) {
      Session session =
          new Session(
              Map.of(),
              new ByteArrayInputStream(new byte[0]),
              new PrintStream(out, true, StandardCharsets.UTF_8),
              System.err,
              _ -> Intercepted.neverClosed(datastore),
              UUID::randomUUID);
      thread = Thread.ofPlatform().start(() -> status = CalicoctlCommand.run(args, session));
    }

    List<String> lines() {
      return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    void awaitLine(java.util.function.Predicate<String> line) {
      await(() -> lines().stream().anyMatch(line));
    }

    void await(BooleanSupplier condition) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!condition.getAsBoolean()) {
        assertTrue(System.nanoTime() < end, () -> "after 60 s: " + lines());
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
    }

    int join() throws InterruptedException {
      thread.join(TimeUnit.SECONDS.toMillis(60));
      return status;
    }

    int interrupt() throws InterruptedException {
      thread.interrupt();
      return join();
    }

    @Override
    public void close() throws InterruptedException {
      interrupt();
    }
  }
}
