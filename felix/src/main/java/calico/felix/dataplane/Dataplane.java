package calico.felix.dataplane;

import calico.felix.dataplane.StatusListener.Condition;
import calico.felix.dataplane.StatusListener.State;
import calico.felix.monitor.DataplaneMetrics;
import calico.felix.monitor.Faults;
import calico.felix.monitor.Health;
import calico.felix.monitor.ObjectProblems.Subject;
import calico.felix.rules.NftKey;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Family;
import calico.netlink.NetlinkException;
import calico.netlink.route.NetworkEvent;
import calico.reconcile.Alarm;
import calico.reconcile.EventLoop;
import calico.reconcile.Reconciler;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings this node's desired state into the kernel and keeps it there.
 *
 * <p>One loop owns everything. It is woken by changes of the desired state, by interfaces that come
 * and go, by others' commits to nf_tables, and when something is to be tried again or read back; it
 * then writes all that is pending. Before the desired state is complete it writes nothing but a
 * table that denies, where there is none.
 */
public final class Dataplane implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dataplane.class);

  private static final Duration LOOP_TIMEOUT = Duration.ofSeconds(90);
  private static final Duration GUARD_AGAIN = Duration.ofMillis(100);
  private static final Duration AFTER_FAULT = Duration.ofSeconds(10);

  private final DataplaneConfig config;
  private final StatusListener listener;
  private final DataplaneMetrics metrics;
  private final Environment environment;
  private final EventLoop loop;
  private final Alarm alarm;
  private final Alarm foreignAlarm;
  private volatile @Nullable Kernel kernel;

  // Of the loop.
  private final Map<StateKey.EndpointKey<?>, Condition> conditions = new HashMap<>();
  private final Set<StateKey.EndpointKey<?>> dirty = new HashSet<>();
  private final Set<StateKey.EndpointKey<?>> notUp = new HashSet<>();

  private final Refusals refusals = new Refusals();
  private final Outcomes outcomes;

  /** Those that have been told of; null at first, for there may be some of an earlier time. */
  private @Nullable Map<Family, String> publicKeys;

  /** Whether the kernel may hold chains of an interface that are not its endpoint's any more. */
  private boolean stalePolicy = true;

  private long readBackAllowedNanos;
  private boolean inSync;

  /** Whether any of the state is known. A part of it is not written: what it lacks would deny. */
  private boolean begun;

  private boolean toldInSync;

  private Health.Pulse pulse = Health.Pulse.NONE;
  private final Faults faults;

  /** Whether the first complete state has been written; what the kernel refuses of it may lack. */
  private boolean applied;

  public Dataplane(DataplaneConfig config, StatusListener listener, DataplaneMetrics metrics) {
    this(config, listener, metrics, Environment.host());
  }

  Dataplane(
      DataplaneConfig config,
      StatusListener listener,
      DataplaneMetrics metrics,
      Environment environment) {
    this.config = config;
    this.listener = listener;
    this.metrics = metrics;
    this.outcomes = new Outcomes(metrics, () -> pulse.goesOn());
    metrics.wireguard(new WireguardTraffic(config.overlay().wireguard()));
    this.environment = environment;
    this.loop = environment.loop();
    this.alarm = new Alarm(loop, this::flush);
    this.foreignAlarm = new Alarm(loop, this::onForeignCommit);
    this.faults = new Faults(loop, "programming", () -> pulse.report());
    this.readBackAllowedNanos = loop.nanoTime();
  }

  /** Has the loop report how it is. To be called before {@link #start}. */
  public void watch(Health health) {
    pulse =
        health.watch(
            "InternalDataplaneMainLoop",
            LOOP_TIMEOUT,
            loop,
            () ->
                new Health.Report(
                    true, applied, applied ? problems() : "nothing has been programmed yet"));
  }

  private String problems() {
    return Stream.of(faults.summary(), refusals.summary())
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining("; "));
  }

  /**
   * Begins, in the calling thread's network namespace. To be called once.
   *
   * @throws calico.netlink.NetlinkException if the kernel cannot be talked to
   */
  public void start() {
    Kernel opened = Kernel.open(config, environment, new Watching(), metrics);
    kernel = opened;
    // The loop's thread begins here and so inherits this thread's namespace.
    loop.execute(this::guard);
    loop.execute(opened::listInterfaces);
  }

  /** Sees to it that there are tables, until they are complete or what follows sees to it. */
  private void guard() {
    if (begun) {
      return;
    }
    try {
      stalePolicy = !kernel().createTables();
    } catch (NetlinkException | IllegalStateException e) {
      LOG.warn("workloads are not guarded yet; trying again: {}", e.toString());
      loop.schedule(GUARD_AGAIN, this::guard);
    }
  }

  private Kernel kernel() {
    Kernel opened = kernel;
    if (opened == null) {
      throw new IllegalStateException("the dataplane was not started");
    }
    return opened;
  }

  /**
   * Makes changes of the desired state. Returns at once.
   *
   * @param done called on the dataplane's loop when all of it was tried
   */
  public void apply(List<StateChange> changes, Runnable done) {
    loop.execute(
        () -> {
          try {
            metrics.batchSize().record(changes.size());
            begun = true;
            DesiredState desired = new DesiredState(kernel(), dirty);
            for (StateChange change : changes) {
              faults.guard(subject(change), () -> accept(change, desired));
              pulse.goesOn();
            }
            flush();
          } finally {
            done.run();
          }
        });
  }

  private static Object subject(StateChange change) {
    return switch (change) {
      case StateChange.Put<?> put -> put.key();
      case StateChange.Removed removed -> removed.key();
      case StateChange.MembersChanged members -> members.set();
      case StateChange.InSync _ -> "the first state";
    };
  }

  private void accept(StateChange change, DesiredState desired) {
    metrics.messages().increment(MessageNames.of(change));
    switch (change) {
      case StateChange.Put<?> put -> desired.put(put.key(), put.value());
      case StateChange.Removed removed -> desired.remove(removed.key());
      case StateChange.MembersChanged members ->
          kernel().tables().forEach(table -> table.members(members));
      case StateChange.InSync _ -> {
        inSync = true;
        kernel().endpoints().inputInSync();
        kernel().reconcilers().forEach(Reconciler::inputInSync);
      }
    }
  }

  /** What the kernel tells of. */
  private final class Watching implements Kernel.Listener {
    @Override
    public void batch(int links) {
      metrics.interfaceBatchSize().record(links);
    }

    @Override
    public void changed(String name, boolean cameUp) {
      LOG.debug("interface changed: name={} cameUp={}", name, cameUp);
      dirty.addAll(kernel().endpoints().interfaceChanged(name, cameUp));
      dirty.addAll(kernel().hostEndpoints().interfaceChanged(name));
      kernel().floatingRoutes().interfaceChanged(name, cameUp);
      kernel().remoteRoutes().interfaceChanged(name, cameUp);
      flush();
    }

    @Override
    public void addressesChanged(String name) {
      metrics.addressBatchSize().record(1);
      Set<StateKey.HostEndpoint> touched = kernel().hostEndpoints().interfaceChanged(name);
      dirty.addAll(touched);
      if (kernel().remoteRoutes().addressesChanged() || !touched.isEmpty()) {
        flush();
      }
    }

    /** A deletion of our own is told of, too, perhaps after the route was made again. */
    @Override
    public void routeGone(LocalRoute.Key key) {
      if (kernel().routes().desired(key) != null) {
        kernel().routes().observedForeign(key, null);
        flush();
      }
    }

    @Override
    public void changed(NetworkEvent event) {
      boolean wrong =
          switch (event) {
            case NetworkEvent.NeighbourEvent e -> NeighbourTarget.onEvent(e, kernel().neighbours());
            case NetworkEvent.ForwardingEvent e ->
                ForwardingTarget.onEvent(e, kernel().forwarding());
            default -> kernel().remoteRoutes().onEvent(event);
          };
      if (wrong) {
        flush();
      }
    }

    @Override
    public void lost() {
      kernel().network().forEach(Reconciler::resync);
      flush();
    }

    @Override
    public void foreignCommit() {
      onForeignCommit();
    }

    @Override
    public void migrated(StateKey.Endpoint id) {
      dirty.addAll(kernel().endpoints().migrated(id));
      kernel().floatingRoutes().interfaceChanged(kernel().endpoints().interfaceName(id), false);
      flush();
    }
  }

  /**
   * Somebody changed nf_tables; it may have been our table. Others may do that all the time, so
   * reading back takes no more than a twentieth of the time.
   */
  private void onForeignCommit() {
    long begin = loop.nanoTime();
    if (begin - readBackAllowedNanos < 0) {
      foreignAlarm.set(Optional.of(Duration.ofNanos(readBackAllowedNanos - begin)));
      return;
    }
    kernel().tables().forEach(table -> table.table().resync());
    kernel().arpReplies().table().resync();
    flush();
    long end = loop.nanoTime();
    readBackAllowedNanos = end + 20 * (end - begin);
  }

  /**
   * Writes all that is pending, reports, and sets the alarm for what has to be tried later.
   *
   * <p>No packet may reach a workload that its policy does not guard. A new endpoint's interface
   * has no chains, for which the table denies; so its route need not wait until the kernel has
   * checked its chains, which costs as much as there are policies and endpoints. Where chains are
   * replaced, or the table does not stand yet, policy comes before routes.
   */
  private void flush() {
    if (inSync) {
      boolean written = faults.guard("all that is pending", this::write);
      alarm.set(written ? kernel().nextWake() : Optional.of(AFTER_FAULT));
    }
  }

  private void write() {
    long began = System.nanoTime();
    outcomes.begin();
    Kernel k = kernel();
    stalePolicy |= k.endpoints().replacesPolicy();
    if (!stalePolicy && k.tables().stream().allMatch(PolicyTable::deniesUnknownInterfaces)) {
      writeRoutes(k);
    }
    outcomes.logged("settings", k.settings().apply());
    writePolicy(k);
    writeRoutes(k);
    writeTunnels(k);
    outcomes.logged("neighbours", k.neighbours().apply());
    outcomes.logged("addresses", k.peeringAddresses().apply());
    writeShapers(k);
    outcomes.logged("forwarding entries", k.forwarding().apply());
    outcomes.logged("routes to other nodes", k.remote().apply());
    writeEncryption(k);
    outcomes.logged("ARP", k.arpReplies().table().apply());
    outcomes.logged("iptables", k.iptables().apply());
    k.workloadMtu().write(k.remoteRoutes().workloadMtu());
    report();
    if (!toldInSync) {
      toldInSync = true;
      listener.inSync();
    }
    count(k, began);
  }

  private void count(Kernel k, long began) {
    Map<Subject, String> problems = new HashMap<>();
    for (PolicyTable table : k.tables()) {
      table.problems().forEach((id, problem) -> problems.put(Subjects.of(id), problem));
      metrics.policyTables(table.family(), table.sizes());
    }
    if (!problems.isEmpty() || !metrics.unprogrammed().isEmpty()) {
      metrics.unprogrammed().replace(problems);
    }
    int routes = k.routes().desired().size() + k.remote().desired().size();
    metrics.applied(began, !applied, outcomes.readable() && outcomes.complete(), routes);
    if (outcomes.readable() && !applied) {
      applied = true;
      pulse.report();
    }
  }

  private void writePolicy(Kernel k) {
    k.endpoints().renderPolicy();
    k.hostEndpoints().renderPolicy();
    boolean whole = true;
    for (PolicyTable table : k.tables()) {
      for (Reconciler.Outcome<NftKey> outcome : table.write()) {
        whole &= outcome.broken() == null && outcome.failed().isEmpty();
        outcomes
            .logged("nftables", outcome)
            .forEach(key -> dirtyEndpoints(table.ledger().concerned(key)));
      }
    }
    stalePolicy &= !whole;
  }

  private void writeRoutes(Kernel k) {
    for (LocalRoute.Key key : outcomes.logged("routes", k.routes().apply())) {
      StateKey.Endpoint owner = k.endpoints().ownerOf(key.destination());
      if (owner != null) {
        dirty.add(owner);
      }
    }
    k.flows().forgetMoved(); // of routes that went with their interfaces
  }

  private void writeTunnels(Kernel k) {
    Reconciler.Outcome<String> outcome = k.tunnels().apply();
    outcomes.count("tunnel devices", outcome);
    refusals.settled(outcome.changed());
    refusals.retain(k.tunnels().desired().keySet());
    outcome
        .failed()
        .forEach(
            (name, e) -> {
              if (name.equals(TunnelDevice.IPIP)) {
                metrics.ipipRefused();
              } else if (config.overlay().wireguard().familyOf(name) != null) {
                metrics.wireguardRefused();
              }
              if (refusals.isNews(name, e)) {
                LOG.warn("tunnel device {}: {}", name, e.getMessage());
              }
            });
    Map<Family, String> keys = config.overlay().wireguard().byFamily(k.publicKeys());
    if (outcome.broken() == null && !keys.equals(publicKeys)) {
      publicKeys = keys;
      listener.wireguardKeys(keys);
    }
  }

  /** Packets are sent to a device only when it knows what to do with them. */
  private void writeEncryption(Kernel k) {
    WireguardRoutes routes = k.remoteRoutes().wireguard();
    routes.refreshPeers();
    Reconciler.Outcome<PeerTarget.Id> peers = k.encrypted().peers().apply();
    boolean ready = outcomes.logged("WireGuard peers", peers).isEmpty() && peers.broken() == null;
    if (!peers.changed().isEmpty()) {
      routes.peersWritten();
    }
    Reconciler.Outcome<LocalRoute.Key> table = k.encrypted().routes().apply();
    ready &= outcomes.logged("WireGuard routes", table).isEmpty() && table.broken() == null;
    if (ready) {
      outcomes.logged("routing rules", k.encrypted().rules().apply());
    }
  }

  private void writeShapers(Kernel k) {
    for (Shaper.Key key : outcomes.logged("bandwidth", k.shapers().apply())) {
      StateKey.Endpoint owner = k.endpoints().ownerOf(key.interfaceName());
      if (owner != null) {
        dirty.add(owner);
      }
    }
  }

  private void dirtyEndpoints(Set<StateKey<?>> records) {
    for (StateKey<?> record : records) {
      if (record instanceof StateKey.EndpointKey<?> id) {
        dirty.add(id);
      }
    }
  }

  /** Looks at endpoints that something happened to, and at those that were not up. */
  private void report() {
    dirty.addAll(notUp);
    notUp.clear();
    for (StateKey.EndpointKey<?> id : dirty) {
      Condition condition = condition(id);
      if (condition == null) {
        if (conditions.remove(id) != null) {
          listener.removed(id);
        }
        continue;
      }
      if (condition.state() != State.UP) {
        notUp.add(id);
      }
      if (!condition.equals(conditions.put(id, condition))) {
        listener.changed(id, condition);
      }
    }
    dirty.clear();
  }

  /** Null if there is no such endpoint. */
  private @Nullable Condition condition(StateKey.EndpointKey<?> key) {
    Endpoints workloads = kernel().endpoints();
    HostEndpoints hosts = kernel().hostEndpoints();
    return switch (key) {
      case StateKey.Endpoint id -> workloads.ids().contains(id) ? workloads.condition(id) : null;
      case StateKey.HostEndpoint id -> hosts.ids().contains(id) ? hosts.condition(id) : null;
    };
  }

  /** Ends; what is in the kernel stays there and goes on working. */
  @Override
  public void close() {
    loop.close();
    Kernel opened = kernel;
    if (opened != null) {
      opened.close();
    }
  }
}
