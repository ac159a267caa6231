package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftRenderer;
import calico.felix.rules.RuleRenderer;
import calico.model.Family;
import calico.netlink.nftables.GenerationMonitor;
import calico.netlink.nftables.Nftables;
import calico.netlink.nftables.Table;
import calico.netlink.nftables.TableFamily;
import calico.netlink.route.RouteMonitor;
import calico.netlink.route.RouteMonitor.Topic;
import calico.netlink.route.Rtnetlink;
import calico.reconcile.Backoff;
import calico.reconcile.EventLoop;
import calico.reconcile.Reconciler;
import calico.reconcile.Target;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/** The sockets, targets and reconcilers of one network namespace, wired together. */
final class Kernel implements AutoCloseable {
  /** Name of our table in each family. */
  static final String TABLE = "calico";

  private final Nftables nftables;
  private final Rtnetlink rtnetlink;
  private final List<PolicyTable> tables = new ArrayList<>();
  private final Reconciler<Path, String> settings;
  private final Reconciler<LocalRoute.Key, LocalRoute> routes;
  private final Reconciler<NeighbourTarget.Key, String> neighbours;
  private final Endpoints endpoints;
  private final HostEndpoints hostEndpoints;
  private final InterfaceWatch watch;
  private final RouteMonitor interfaceMonitor;
  private final GenerationMonitor generationMonitor;
  private final Random random = new Random();

  private Kernel(
      DataplaneConfig config,
      EventLoop loop,
      InterfaceWatch.Listener onInterface,
      Consumer<LocalRoute.Key> onRouteGone,
      Runnable onForeignCommit) {
    nftables = Nftables.open();
    rtnetlink = Rtnetlink.open();
    ForeignChanges foreign = new ForeignChanges();
    for (Family family : families(config)) {
      RuleRenderer renderer = new NftRenderer(family, config.rules());
      NftablesTarget target =
          new NftablesTarget(
              nftables,
              table(family),
              renderer.closed("Cannot be programmed"),
              () -> foreign.committed(nftables));
      Reconciler<NftKey, NftObject> reconciler =
          reconciler(target, config.nftablesRefreshInterval());
      tables.add(new PolicyTable(renderer, reconciler));
    }
    Interfaces interfaces = new Interfaces();
    settings = reconciler(new SysctlTarget(), config.routeRefreshInterval());
    routes =
        reconciler(
            new RouteTarget(rtnetlink, config, interfaces, System::nanoTime),
            config.routeRefreshInterval());
    neighbours =
        reconciler(
            new NeighbourTarget(rtnetlink, config, interfaces), config.routeRefreshInterval());
    InterfaceSettings.host(config.ipv6Enabled()).forEach(settings::desire);
    endpoints = new Endpoints(config, interfaces, tables, settings, routes, neighbours);
    hostEndpoints = new HostEndpoints(config, interfaces, tables);
    watch = new InterfaceWatch(loop, rtnetlink, interfaces, onInterface, onRouteGone);
    interfaceMonitor =
        RouteMonitor.start(
            null, Set.of(Topic.LINKS, Topic.ADDRESSES, Topic.ROUTES), watch::onEvent);
    generationMonitor =
        GenerationMonitor.start(
            null,
            generation ->
                loop.execute(
                    () -> {
                      if (foreign.isForeign(generation)) {
                        onForeignCommit.run();
                      }
                    }),
            () -> loop.execute(onForeignCommit));
  }

  static Kernel open(
      DataplaneConfig config,
      EventLoop loop,
      InterfaceWatch.Listener onInterface,
      Consumer<LocalRoute.Key> onRouteGone,
      Runnable onForeignCommit) {
    return new Kernel(config, loop, onInterface, onRouteGone, onForeignCommit);
  }

  /** Looks at what interfaces there are, on the loop; later changes come by themselves. */
  void listInterfaces() {
    watch.list();
  }

  /**
   * Writes those tables that are not there at all with nothing but what denies: on a new node
   * workloads are guarded before anything is known of them. A table that is there stays as it is,
   * for what it lets through may still be wanted.
   *
   * @return whether no table was there
   */
  boolean createTables() {
    List<Table> present = nftables.tables();
    boolean none = true;
    for (PolicyTable table : tables) {
      if (present.contains(table(table.family()))) {
        none = false;
      } else {
        table.table().apply();
      }
    }
    return none;
  }

  static List<Family> families(DataplaneConfig config) {
    return config.ipv6Enabled() ? List.of(Family.values()) : List.of(Family.IPV4);
  }

  static Table table(Family family) {
    return new Table(family == Family.IPV4 ? TableFamily.IP : TableFamily.IP6, TABLE);
  }

  private <K, V> Reconciler<K, V> reconciler(Target<K, V> target, Duration resyncInterval) {
    return new Reconciler<>(target, resyncInterval, Backoff.DEFAULT, System::nanoTime, random);
  }

  List<PolicyTable> tables() {
    return tables;
  }

  Reconciler<Path, String> settings() {
    return settings;
  }

  Reconciler<LocalRoute.Key, LocalRoute> routes() {
    return routes;
  }

  Reconciler<NeighbourTarget.Key, String> neighbours() {
    return neighbours;
  }

  Endpoints endpoints() {
    return endpoints;
  }

  HostEndpoints hostEndpoints() {
    return hostEndpoints;
  }

  List<Reconciler<?, ?>> reconcilers() {
    List<Reconciler<?, ?>> all = new ArrayList<>(List.of(settings, routes, neighbours));
    tables.forEach(table -> all.add(table.table()));
    return all;
  }

  @Override
  public void close() {
    interfaceMonitor.close();
    generationMonitor.close();
    nftables.close();
    rtnetlink.close();
  }
}
