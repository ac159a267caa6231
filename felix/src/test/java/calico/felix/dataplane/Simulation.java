package calico.felix.dataplane;

import calico.felix.dataplane.FakeNftables.Call;
import calico.felix.monitor.DataplaneMetrics;
import calico.felix.rules.RandomState;
import calico.felix.rules.RulesConfig;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Ip;
import calico.netlink.Errno;
import calico.netlink.Message;
import calico.netlink.route.NetworkEvent;
import calico.netlink.route.RouteMonitor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The life of a node in virtual time: a dataplane over a kernel that is played, told of one random
 * state after the other, while it is killed between any two requests, refused, not answered and not
 * told, and others change what is its. All that happens follows from the seed.
 */
final class Simulation {
  private static final int ENOMEM = 12;
  private static final int STEPS = 14;

  /** {@code -Dtrace}: tells all that happens, as it happens. */
  private static final boolean TRACED = System.getProperty("trace") != null;

  /** The process ends here. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("killed", null, false, false);
    }
  }

  private final Random random;
  private final boolean ipv6;
  private final DataplaneConfig config;
  private final RandomState generator;
  private final VirtualTime time = new VirtualTime();
  private final SimulatedHost host;
  private final SimulatedPolicy policy;
  final List<String> log = new ArrayList<>();
  private Map<StateKey<?>, Object> state = Map.of();
  private @Nullable Life process;
  private boolean calm;
  private int checkedGeneration;
  private @Nullable Throwable failure;
  int kills;
  int requests;

  Simulation(long seed) {
    this.random = new Random(seed);
    this.ipv6 = random.nextInt(4) == 0;
    boolean refresh = random.nextBoolean();
    boolean tables = random.nextBoolean();
    RulesConfig rules =
        RulesConfig.defaults()
            .withFailsafes(RandomState.FAILSAFES)
            .withTables(tables ? new RulesConfig.Tables(0, 8) : RulesConfig.Tables.NONE);
    this.config =
        new DataplaneConfig(
            rules,
            ipv6,
            new InterfaceConfig(true, List.of(), refresh ? Duration.ofSeconds(90) : Duration.ZERO),
            refresh ? Duration.ofSeconds(180) : Duration.ZERO,
            refresh ? Duration.ofSeconds(90) : Duration.ZERO,
            DeviceRoutes.defaults(),
            true,
            OverlayConfig.defaults(),
            false);
    this.generator = tables ? RandomState.ofTables(random) : new RandomState(random);
    this.host = new SimulatedHost(random, ipv6, this::tell);
    this.policy = new SimulatedPolicy(host.kernel, generator, rules, ipv6);
  }

  /** One life of the dataplane, from its start to its death. */
  private final class Life implements FakeKernel.Faults, StatusListener {
    final FakeEnvironment environment =
        new FakeEnvironment(time, random, host.kernel, this, host.settings(this), this::ended);
    final Dataplane dataplane = new Dataplane(config, this, new DataplaneMetrics(), environment);
    private final Set<String> refused = new HashSet<>();
    private final Map<String, Integer> calls = new HashMap<>();
    private long batchSeed;
    private long newsNanos;

    /** What it has been told, and whether that was all there was. */
    final Map<StateKey<?>, Object> told = new HashMap<>();

    boolean inSync;

    /** What it has taken in of that. */
    private final Map<StateKey<?>, Object> applied = new HashMap<>();

    private void ended(Throwable e) {
      trace("ended by " + e);
      if (!(e instanceof Killed)) {
        failure = e;
      }
      process = null;
      time.drop();
    }

    private void die() {
      if (!calm && random.nextInt(150) == 0) {
        kills++;
        note("killed");
        throw new Killed();
      }
    }

    @Override
    public void before() {
      requests++;
      die();
      if (!calm && random.nextInt(60) == 0) {
        interfere();
      }
    }

    @Override
    public void after() {
      time.pass(Duration.ofNanos(random.nextInt(200_000)));
      checkRules();
      die();
    }

    @Override
    public int refusal() {
      return !calm && random.nextInt(80) == 0 ? (random.nextBoolean() ? Errno.ENOBUFS : ENOMEM) : 0;
    }

    @Override
    public void batch() {
      batchSeed = random.nextLong();
      calls.clear();
    }

    /**
     * Not of what is attached, nor the maps that it looks up, and nothing twice, for that may be
     * what denies in place of what was refused: without either, nothing can be denied at all. Does
     * not depend on the order in a batch, which is another each time.
     */
    @Override
    public int refusal(Call call) {
      String name = call.string(2);
      boolean ofChain = call.type() == 6 || call.type() == 8;
      boolean attached =
          call.type() <= 3
              || (ofChain && !name.contains("-cali-"))
              || (call.type() == 9 && !name.startsWith("cali"));
      String what = "call of type " + call.type() + " of " + name;
      int number = calls.merge(what, 1, Integer::sum);
      var chance = new SplittableRandom(batchSeed ^ (what + number).hashCode());
      if (calm || attached || chance.nextInt(1500) != 0 || !refused.add(name)) {
        return 0;
      }
      policy.refused();
      note("refused " + what);
      return chance.nextBoolean() ? ENOMEM : Errno.EBUSY;
    }

    @Override
    public boolean losesAnswers() {
      return !calm && random.nextInt(100) == 0;
    }

    @Override
    public boolean interruptsListing() {
      return !calm && random.nextInt(40) == 0;
    }

    @Override
    public void changed(StateKey.EndpointKey<?> endpoint, Condition condition) {
      if (condition.equals(Condition.UP) && applied.get(endpoint) instanceof LocalEndpoint e) {
        policy.checkUp(e);
      }
    }

    @Override
    public void removed(StateKey.EndpointKey<?> endpoint) {}

    /** Tells a little later, in order; sometimes only that something is not told. */
    void later(Runnable event, Runnable overrun) {
      newsNanos = Math.max(newsNanos, time.nanoTime() + random.nextInt(3_000_000));
      boolean lost = !calm && random.nextInt(15) == 0;
      var _ =
          time.schedule(lost ? overrun : event, newsNanos - time.nanoTime(), TimeUnit.NANOSECONDS);
    }
  }

  /** The kernel tells of something. */
  private void tell(int type, byte[] body) {
    byte[] bytes = FakeKernel.message(type, 0, 0, body);
    NetworkEvent event = RouteMonitor.event(Message.at(bytes, 0, bytes.length)).orElseThrow();
    trace(event.toString());
    Life now = process;
    if (now != null) {
      now.later(
          () -> now.environment.tell(event),
          () -> now.environment.tell(new NetworkEvent.Overrun()));
    }
  }

  /** After each commit, whoever made it. */
  private void checkRules() {
    int generation = host.kernel.nftables.generation();
    if (generation == checkedGeneration) {
      return;
    }
    checkedGeneration = generation;
    Life now = process;
    if (now != null) {
      now.later(() -> now.environment.committed(generation), () -> now.environment.missedCommits());
    }
    policy.check();
  }

  /** Somebody else does something. */
  private void interfere() {
    switch (random.nextInt(6)) {
      case 0 -> {
        note("tampered with tables");
        policy.tampered();
        host.tamperWithTables();
      }
      case 1 -> host.commitElsewhere();
      case 2 -> {
        note("removed a route");
        host.removeRoute();
      }
      case 3 -> host.connect();
      default -> {
        note("changed a link");
        host.changeLink();
      }
    }
    Life now = process;
    forgetUnrouted(now == null || !now.inSync ? Map.of() : now.told);
    checkRules();
  }

  private void note(String what) {
    log.add(what);
    trace(what);
  }

  private void trace(String what) {
    if (TRACED) {
      System.out.printf("%.3f s  %s%n", time.nanoTime() / 1e9, what);
    }
  }

  /** Of an address that is nobody's and not routed any more, connections are not looked for. */
  private void forgetUnrouted(Map<StateKey<?>, Object> state) {
    Set<Ip> owned = new HashSet<>();
    workloads(state).values().forEach(nets -> nets.forEach(net -> owned.add(net.address())));
    host.kernel.network.forgetUnrouted(owned);
  }

  private void start() {
    Life started = new Life();
    process = started;
    note("started");
    started.dataplane.start();
    run(random.nextInt(20));
  }

  private void run(int millis) {
    time.run(Duration.ofMillis(millis));
  }

  /** Tells the dataplane what is new to it, in one or several batches. */
  private void tell() {
    Life now = process;
    if (now == null) {
      return;
    }
    List<StateChange> changes = changes(now.told, state);
    Collections.shuffle(changes, random);
    // As from the calculation, sets come before what refers to them.
    changes.sort(
        Comparator.comparing(
            c -> !(c instanceof StateChange.Put<?> put && put.key() instanceof StateKey.SetId)));
    int at = 0;
    while (process == now && (at < changes.size() || !now.inSync)) {
      int end = Math.min(changes.size(), at + 1 + random.nextInt(changes.size() + 1));
      List<StateChange> batch = new ArrayList<>(changes.subList(at, end));
      batch.forEach(change -> apply(now.told, change));
      if (end == changes.size() && !now.inSync) {
        batch.add(new StateChange.InSync());
        now.inSync = true;
        forgetUnrouted(now.told);
      }
      if (now.inSync) {
        policy.next(withoutRivals(now.told));
      }
      now.environment.loop().execute(() -> batch.forEach(change -> apply(now.applied, change)));
      now.dataplane.apply(batch, () -> {});
      run(random.nextInt(10));
      at = end;
    }
  }

  /** Of endpoints of the same interface, as there are in passing, the first has it. */
  private static Map<StateKey<?>, Object> withoutRivals(Map<StateKey<?>, Object> state) {
    Map<StateKey<?>, Object> left = sorted(state);
    Set<String> taken = new HashSet<>();
    left.values().removeIf(v -> v instanceof LocalEndpoint e && !taken.add(e.interfaceName()));
    return left;
  }

  private static void apply(Map<StateKey<?>, Object> state, StateChange change) {
    switch (change) {
      case StateChange.Put<?> put -> state.put(put.key(), put.value());
      case StateChange.Removed removed -> state.remove(removed.key());
      case StateChange.MembersChanged _, StateChange.InSync _ -> {}
    }
  }

  private static List<StateChange> changes(
      Map<StateKey<?>, Object> before, Map<StateKey<?>, Object> after) {
    List<StateChange> changes = new ArrayList<>();
    sorted(after)
        .forEach(
            (key, value) -> {
              if (!value.equals(before.get(key))) {
                changes.add(put(key, value));
              }
            });
    sorted(before).keySet().stream()
        .filter(key -> !after.containsKey(key))
        .forEach(key -> changes.add(new StateChange.Removed(key)));
    return changes;
  }

  /** In an order that does not depend on where things are in memory. */
  private static Map<StateKey<?>, Object> sorted(Map<StateKey<?>, Object> state) {
    Map<StateKey<?>, Object> sorted = new LinkedHashMap<>();
    state.keySet().stream()
        .sorted(Comparator.comparing(Object::toString))
        .forEach(key -> sorted.put(key, state.get(key)));
    return sorted;
  }

  @SuppressWarnings("unchecked") // keys and values are put together
  private static <V> StateChange put(StateKey<V> key, Object value) {
    return new StateChange.Put<>(key, (V) value);
  }

  /** A random state with addresses, some of which have moved. */
  private Map<StateKey<?>, Object> randomState() {
    Map<StateKey<?>, Object> next = new HashMap<>(generator.state());
    List<Integer> links = numbers();
    List<Integer> addresses = numbers();
    int pod = 0;
    for (StateKey<?> key : sorted(next).keySet()) {
      if (key instanceof StateKey.Endpoint && next.get(key) instanceof LocalEndpoint e) {
        if (random.nextInt(5) == 0) {
          next.remove(key);
        } else {
          next.put(key, withAddress(e, links.get(pod), addresses.get(pod)));
        }
        pod++;
      }
    }
    return next;
  }

  /** From one to three, now and then in another order. */
  private List<Integer> numbers() {
    List<Integer> numbers = new ArrayList<>(List.of(1, 2, 3));
    if (random.nextInt(3) == 0) {
      Collections.shuffle(numbers, random);
    }
    return numbers;
  }

  private LocalEndpoint withAddress(LocalEndpoint e, int link, int number) {
    List<Cidr> networks = new ArrayList<>(List.of(Cidr.parse("10.0.0." + number + "/32")));
    if (ipv6) {
      networks.add(Cidr.parse("fd00::" + number + "/128"));
    }
    return new LocalEndpoint(
        "cali" + link,
        "0a:00:00:00:00:0" + number,
        networks,
        e.tiers(),
        e.profiles(),
        e.ingress(),
        e.egress(),
        List.of(),
        e.migration());
  }

  private void step() {
    switch (random.nextInt(8)) {
      case 0, 1, 2, 3 -> {
        state = randomState();
        note("another state");
        trace(workloads(state).toString());
        tell();
      }
      case 4 -> interfere();
      case 5 -> end();
      default -> run(random.nextInt(2000));
    }
    if (process == null && random.nextInt(3) > 0) {
      start();
    }
    if (random.nextBoolean()) {
      tell();
    }
    run(random.nextInt(50));
    policy.settle(state);
    rethrow();
  }

  private void rethrow() {
    if (failure != null) {
      throw new AssertionError(failure.toString(), failure);
    }
  }

  /** The process ends in good order. */
  private void end() {
    if (process != null) {
      note("ended");
      process.dataplane.close();
      process = null;
      time.drop();
    }
  }

  /** Lets all of it happen; at the end, nothing goes wrong any more and all is as it should be. */
  void run() {
    try {
      for (int i = 0; i < STEPS; i++) {
        step();
      }
      calm = true;
      if (process == null) {
        start();
      }
      tell();
      time.run(Duration.ofSeconds(config.routeRefreshInterval().isZero() ? 25 : 200));
      rethrow();
      String difference = host.difference(workloads(state), () -> policy.settle(state));
      if (!difference.isEmpty()) {
        throw new AssertionError("not as it should be: " + difference);
      }
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\nafter " + log, e);
    }
  }

  private static Map<String, List<Cidr>> workloads(Map<StateKey<?>, Object> state) {
    Map<String, List<Cidr>> workloads = new HashMap<>();
    for (Object value : state.values()) {
      if (value instanceof LocalEndpoint e) {
        workloads.put(e.interfaceName(), e.networks());
      }
    }
    return workloads;
  }
}
