package calico.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.confd.BgpControl;
import calico.confd.BgpDaemonException;
import calico.confd.BgpRoute;
import calico.confd.BgpSession;
import calico.confd.Bird;
import calico.confd.BirdPaths;
import calico.confd.DaemonStatus;
import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.datastore.MemoryDatastore;
import calico.model.Cidr;
import calico.model.json.Json;
import calico.model.key.ResourceKey;
import calico.model.resource.CalicoNodeStatusSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.reconcile.EventLoop;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When a report is written, and what it says. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NodeStatusReporterTest {
  private static final List<String> ALL = List.of("Agent", "BGP", "Routes");
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-01T10:00:00.5Z"), ZoneOffset.UTC);

  private final MemoryDatastore memory = new MemoryDatastore();
  private final AtomicInteger conflicts = new AtomicInteger();
  private final AtomicInteger labels = new AtomicInteger();
  private final FakeDaemon daemon = new FakeDaemon();
  private final Ticks ticks = new Ticks();
  private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
  private @Nullable NodeStatusReporter reporter;

  /** A daemon that says what it is told to. */
  private static final class FakeDaemon implements BgpControl {
    final AtomicInteger asked = new AtomicInteger();
    volatile String version = "BIRD 2";
    volatile String since = "10:01";
    volatile @Nullable BgpDaemonException failure;

    @Override
    public Path socket() {
      return Path.of("none");
    }

    @Override
    public DaemonStatus status() throws BgpDaemonException {
      asked.incrementAndGet();
      return new DaemonStatus(version, "10.0.0.1", "10:00", "", false);
    }

    @Override
    public List<BgpSession> sessions() {
      return List.of(
          session(BgpSession.Origin.NODE, "10.0.0.9", "Down", "held down"),
          session(BgpSession.Origin.MESH, "10.0.0.2", "Established", ""),
          session(BgpSession.Origin.GLOBAL, "fd00::2", "Active", "No route"));
    }

    private BgpSession session(
        BgpSession.Origin origin, String address, String state, String reason) {
      return new BgpSession(origin, address, 0, state, since, reason);
    }

    @Override
    public List<BgpRoute> routes() throws BgpDaemonException {
      BgpDaemonException e = failure;
      if (e != null) {
        throw e;
      }
      return List.of(
          route("fd65::/122", false, "fd00::3", "", BgpRoute.Source.PEER, "fd00::2"),
          route("10.65.2.0/26", true, "10.0.0.2", "eth0", BgpRoute.Source.MESH, "10.0.0.2"),
          route("10.65.1.0/26", true, "", "blackhole", BgpRoute.Source.STATIC, ""));
    }

    private static BgpRoute route(
        String prefix,
        boolean used,
        String gateway,
        String device,
        BgpRoute.Source source,
        String peer) {
      return new BgpRoute(Cidr.parse(prefix), used, gateway, device, source, peer);
    }
  }

  /** What is to run later runs when the test says so. */
  private static final class Ticks extends ScheduledThreadPoolExecutor {
    final ConcurrentLinkedQueue<Long> seconds = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    Ticks() {
      super(1, new DiscardPolicy());
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      if (delay == 0) {
        return super.schedule(task, delay, unit);
      }
      seconds.add(unit.toSeconds(delay));
      tasks.add(task);
      return super.schedule(() -> {}, 0, unit);
    }

    /** Time passes: runs what waits, oldest first, but not what comes of it. */
    void elapse() throws Exception {
      for (Runnable task : List.copyOf(tasks)) {
        tasks.remove(task);
        seconds.remove();
        submit(task).get();
      }
    }
  }

  private void start(BgpControl control) {
    reporter =
        new NodeStatusReporter(
            disturbed(), "n1", control, CLOCK, new EventLoop(ticks, System::nanoTime, errors::add));
    reporter.start();
  }

  /** The datastore, in which somebody labels a resource just before it is updated. */
  private Datastore disturbed() {
    return (Datastore)
        Proxy.newProxyInstance(
            Datastore.class.getClassLoader(),
            new Class<?>[] {Datastore.class},
            (_, method, arguments) -> {
              if (method.getName().equals("update") && conflicts.getAndDecrement() > 0) {
                label(((ResourceKey<?>) arguments[0]).name());
              }
              try {
                return method.invoke(memory, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @AfterEach
  void close() {
    if (reporter != null) {
      reporter.close();
    }
    ticks.shutdownNow();
    memory.close();
    assertEquals(List.of(), List.copyOf(errors));
  }

  private static ResourceKey<CalicoNodeStatusSpec> key(String name) {
    return ResourceKey.of(Kinds.CALICO_NODE_STATUS, name);
  }

  private void ask(String name, String node, List<String> classes, int seconds) {
    CalicoNodeStatusSpec spec = new CalicoNodeStatusSpec(node, classes, seconds, Unknown.NONE);
    Resource<CalicoNodeStatusSpec> resource =
        memory
            .get(key(name))
            .map(entry -> entry.value().withSpec(spec))
            .orElseGet(() -> Resource.of(Kinds.CALICO_NODE_STATUS, Metadata.named(name), spec));
    memory.put(key(name), resource, null);
  }

  private void label(String name) {
    Resource<CalicoNodeStatusSpec> old = entry(name).value();
    Map<String, String> label = Map.of("count", labels.incrementAndGet() + "");
    memory.put(key(name), old.withMetadata(old.metadata().withLabels(label)), null);
  }

  private Entry<Resource<CalicoNodeStatusSpec>> entry(String name) {
    return memory.get(key(name)).orElseThrow();
  }

  private @Nullable Object status(String name) {
    return entry(name).value().status();
  }

  private String text(String name) {
    return Json.print(status(name));
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.call()) {
      assertTrue(System.nanoTime() < deadline, what);
      LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
    }
  }

  /**
   * Until everything that was written before has been seen: one more is asked for, and reported.
   */
  private void settle(String name) throws Exception {
    ask(name, "n1", List.of("BGP"), 0);
    await(name, () -> status(name) != null);
  }

  @Test
  void aReportSaysAllThatIsAskedFor() throws Exception {
    ask("all", "n1", ALL, 10);
    ask("agent", "n1", List.of("Agent"), 0);
    start(daemon);
    await("reports", () -> status("all") != null && status("agent") != null);
    String agent =
        """
        {"birdV4":{"state":"Ready","version":"BIRD 2","routerID":"10.0.0.1","lastBootTime":"10:00"},\
        "birdV6":{"state":"Ready","version":"BIRD 2","routerID":"10.0.0.1","lastBootTime":"10:00"}}""";
    String expected =
        """
        {"lastUpdated":"2026-01-01T10:00:00Z","agent":AGENT,\
        "bgp":{"numberEstablishedV4":1,"numberNotEstablishedV4":1,\
        "numberEstablishedV6":0,"numberNotEstablishedV6":1,\
        "peersV4":[{"peerIP":"10.0.0.2","type":"NodeMesh","state":"Established","since":"10:01"},\
        {"peerIP":"10.0.0.9","type":"NodePeer","state":"Idle","since":"10:01","reason":"held down"}],\
        "peersV6":[{"peerIP":"fd00::2","type":"GlobalPeer","state":"Active","since":"10:01","reason":"No route"}]},\
        "routes":{"routesV4":[\
        {"type":"FIB","destination":"10.65.1.0/26","gateway":"N/A","interface":"blackhole",\
        "learnedFrom":{"sourceType":"Static"}},\
        {"type":"FIB","destination":"10.65.2.0/26","gateway":"10.0.0.2","interface":"eth0",\
        "learnedFrom":{"sourceType":"NodeMesh","peerIP":"10.0.0.2"}}],\
        "routesV6":[{"type":"RIB","destination":"fd65::/122","gateway":"fd00::3",\
        "learnedFrom":{"sourceType":"BGPPeer","peerIP":"fd00::2"}}]}}""";
    assertEquals(expected.replace("AGENT", agent), text("all"));
    assertTrue(text("agent").contains(agent), text("agent"));
    assertTrue(text("agent").contains("\"numberNotEstablishedV4\":0"), text("agent"));
    assertTrue(text("agent").endsWith("\"routes\":{}}"), text("agent"));
  }

  @Test
  void theReportIsRenewedEachPeriodAndWrittenOnlyIfItDiffers() throws Exception {
    ask("all", "n1", ALL, 10);
    start(daemon);
    settle("first");
    assertEquals(List.of(10L), List.copyOf(ticks.seconds));
    Object before = entry("all");
    ticks.elapse();
    assertEquals(2, daemon.asked.get());
    assertEquals(before, entry("all"));
    daemon.version = "BIRD 3";
    ticks.elapse();
    assertTrue(text("all").contains("BIRD 3"), text("all"));

    ask("all", "n1", ALL, 20);
    settle("second");
    assertEquals(List.of(10L, 20L), List.copyOf(ticks.seconds));
    int asked = daemon.asked.get();
    ticks.elapse(); // the tick of the old period is for nobody
    assertEquals(asked + 1, daemon.asked.get());
    assertEquals(List.of(20L), List.copyOf(ticks.seconds));

    memory.delete(key("all"), null);
    settle("third");
    ticks.elapse();
    assertEquals(asked + 1, daemon.asked.get());
    assertEquals(List.of(), List.copyOf(ticks.seconds));
  }

  @Test
  void aTimeThatDiffersByRoundingIsTheFormerOne() throws Exception {
    daemon.since = "2026-01-01 09:59:59";
    ask("all", "n1", ALL, 10);
    start(daemon);
    settle("first");
    Object before = entry("all");
    for (String again : List.of("2026-01-01 10:00:00", "2026-01-01 09:59:58")) {
      daemon.since = again;
      ticks.elapse();
      assertEquals(before, entry("all"));
    }
    daemon.version = "FRR 10";
    ticks.elapse();
    assertTrue(text("all").contains("FRR 10"), text("all"));
    assertEquals(3, text("all").split("\"since\":\"2026-01-01 09:59:59\"", -1).length - 1);
    daemon.since = "2026-01-01 10:00:01";
    ticks.elapse();
    assertEquals(3, text("all").split("\"since\":\"2026-01-01 10:00:01\"", -1).length - 1);
  }

  @Test
  void periodZeroIsOnlyOnAnEditOfTheSpecOrWithoutAStatus() throws Exception {
    ask("once", "n1", ALL, 0);
    start(daemon);
    settle("first");
    assertEquals(List.of(), List.copyOf(ticks.seconds));
    daemon.version = "BIRD 3";
    label("once");
    settle("second");
    assertFalse(text("once").contains("BIRD 3"), text("once"));
    ask("once", "n1", List.of("Agent"), 0);
    await("a report on the edit", () -> text("once").contains("BIRD 3"));
    memory.put(key("once"), entry("once").value().withStatus(null), null);
    await("a report in place of what was lost", () -> status("once") != null);
  }

  @Test
  void othersMayEditTheResourceMeanwhile() throws Exception {
    conflicts.set(3);
    ask("all", "n1", ALL, 0);
    start(daemon);
    await("a report", () -> status("all") != null);
    assertEquals(Map.of("count", "3"), entry("all").value().metadata().labels());
  }

  @Test
  void whatIsAskedOfOthersOrWronglyConcernsNoReport() throws Exception {
    ask("other", "n2", ALL, 10);
    ask("wrong", "n1", List.of("Agent", "Weather"), 10);
    ask("late", "n1", ALL, 90_000);
    start(daemon);
    settle("mine");
    assertEquals(0, daemon.asked.get());
    for (String name : List.of("other", "wrong", "late")) {
      assertNull(status(name), name);
    }
    ask("other", "n1", ALL, 10);
    await("a report of what is asked now", () -> status("other") != null);
    memory.put(key("other"), entry("other").value().withStatus(Map.of("by", "others")), null);
    ticks.elapse();
    assertTrue(text("other").contains("BIRD 2"), text("other"));
    ask("other", "n2", ALL, 10);
    settle("moved");
    int asked = daemon.asked.get();
    ticks.elapse();
    assertEquals(asked, daemon.asked.get());
  }

  @Test
  void withoutAnAnswerNothingIsReadyAndWithHalfAnAnswerNothingIsWritten() throws Exception {
    ask("all", "n1", ALL, 60);
    start(daemon);
    settle("first");
    Object before = entry("all");
    daemon.version = "BIRD 3";
    daemon.failure = new BgpDaemonException.Refused("not understood");
    ticks.elapse();
    assertEquals(before, entry("all"));
    assertEquals(List.of(10L), List.copyOf(ticks.seconds));
    daemon.failure = new BgpDaemonException.Unavailable("no socket", null);
    ticks.elapse();
    assertTrue(
        text("all")
            .endsWith(
                """
                "agent":{"birdV4":{"state":"NotReady"},"birdV6":{"state":"NotReady"}},\
                "bgp":{"numberEstablishedV4":0,"numberNotEstablishedV4":0,\
                "numberEstablishedV6":0,"numberNotEstablishedV6":0},"routes":{}}"""),
        text("all"));
    assertEquals(List.of(60L), List.copyOf(ticks.seconds));
    assertNotEquals(before, entry("all"));
  }

  @Test
  void aRealBirdIsReported(@TempDir Path directory) throws Exception {
    BirdPaths paths = BirdPaths.in(directory);
    Files.writeString(
        paths.config(),
        """
        router id 1.2.3.4;
        protocol device { }
        protocol static blocks { ipv4; route 10.65.1.0/26 blackhole; }
        protocol static spare { ipv4 { preference 1; }; route 10.65.1.0/26 unreachable; }
        """);
    try (Bird bird = new Bird(paths)) {
      ask("all", "n1", ALL, 1);
      start(bird.control());
      await("a report", () -> status("all") != null);
      assertTrue(text("all").contains("NotReady"), text("all"));
      bird.start();
      await(
          "its routes",
          () -> {
            ticks.elapse();
            return text("all").contains("RIB");
          });
      bird.stop();
    }
    assertTrue(text("all").contains("\"routerID\":\"1.2.3.4\",\"lastBootTime\":\""), text("all"));
    assertTrue(
        text("all")
            .endsWith(
                """
                "routes":{"routesV4":[{"type":"FIB","destination":"10.65.1.0/26","gateway":"N/A",\
                "interface":"blackhole","learnedFrom":{"sourceType":"Static"}},\
                {"type":"RIB","destination":"10.65.1.0/26","gateway":"N/A",\
                "interface":"unreachable","learnedFrom":{"sourceType":"Static"}}]}}"""),
        text("all"));
  }
}
