package calico.felix.dataplane;

import calico.felix.monitor.DataplaneMetrics;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.NftRenderer;
import calico.felix.rules.RuleRenderer;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.StateKey;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.NetlinkSocket;
import calico.netlink.conntrack.Conntrack;
import calico.netlink.nftables.Nftables;
import calico.netlink.nftables.Table;
import calico.netlink.nftables.TableFamily;
import calico.netlink.route.Route;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.Rtnetlink;
import calico.netlink.tc.TrafficControl;
import calico.netlink.wireguard.Wireguard;
import calico.reconcile.Backoff;
import calico.reconcile.EventLoop;
import calico.reconcile.Reconciler;
import calico.reconcile.Target;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The sockets, targets and reconcilers of one network namespace, wired together. */
final class Kernel implements AutoCloseable {
  /** Name of our table in each family. */
  static final String TABLE = "calico";

  private final Nftables nftables;
  private final Rtnetlink rtnetlink;
  private final TrafficControl trafficControl;
  private final Wireguard wireguard = new Wireguard();
  private final List<PolicyTable> tables = new ArrayList<>();
  private final Reconciler<Path, String> settings;
  private final Reconciler<LocalRoute.Key, LocalRoute> routes;
  private final Reconciler<NeighbourTarget.Key, String> neighbours;
  private final PeeringAddresses peering;
  private final Reconciler<Shaper.Key, Shaper> shapers;
  private final Reconciler<String, TunnelDevice> tunnels;
  private final Reconciler<ForwardingTarget.Key, Ip> forwarding;
  private final Reconciler<LocalRoute.Key, RemoteRoute> remote;
  private final Reconciler<Table, List<String>> iptables;
  private final ArpReplies arpReplies;
  private final TunnelTarget tunnelTarget;
  private final WireguardRoutes.Parts encrypted;
  private final Conntrack conntrack;
  private final ForeignChanges foreign = new ForeignChanges();
  private final Interfaces interfaces;
  private final Flows flows;
  private final LiveMigrations migrations;
  private final Endpoints endpoints;
  private final HostEndpoints hostEndpoints;
  private final FloatingRoutes floatingRoutes;
  private final RemoteRoutes remoteRoutes;
  private final WorkloadMtu workloadMtu;
  private final InterfaceWatch watch;
  private final Runnable endNetworkWatch;
  private final Runnable endRulesetWatch;
  private final Environment environment;

  private Kernel(
      DataplaneConfig config,
      Environment environment,
      Listener listener,
      DataplaneMetrics metrics) {
    this.environment = environment;
    interfaces = new Interfaces(config.interfaces().isExcluded());
    EventLoop loop = environment.loop();
    nftables = new Nftables(environment.socket(NetlinkSocket.NETFILTER));
    rtnetlink = new Rtnetlink(environment.socket(NetlinkSocket.ROUTE));
    trafficControl = new TrafficControl(environment.socket(NetlinkSocket.ROUTE));
    conntrack = new Conntrack(environment.socket(NetlinkSocket.NETFILTER));
    flows = forgetting(conntrack, loop);
    for (Family family : families(config)) {
      tables.add(policyTable(family, config, foreign, metrics));
    }
    settings = reconciler(environment.settings(), config.routeRefreshInterval());
    routes =
        reconciler(
            ours(
                config,
                new TimedTarget<>(
                    new RouteTarget(rtnetlink, config, interfaces, loop::nanoTime, flows),
                    metrics.routeListTime())),
            config.routeRefreshInterval());
    neighbours =
        reconciler(
            ours(config, new NeighbourTarget(rtnetlink, config, interfaces)),
            config.routeRefreshInterval());
    peering = peering(config);
    shapers =
        reconciler(
            new ShaperTarget(rtnetlink, trafficControl, config, interfaces),
            config.routeRefreshInterval());
    InterfaceSettings.host(config).forEach(settings::desire);
    tunnelTarget = new TunnelTarget(rtnetlink, wireguard, config.overlay());
    tunnels = reconciler(tunnelTarget, config.routeRefreshInterval());
    forwarding =
        reconciler(new ForwardingTarget(rtnetlink, interfaces), config.routeRefreshInterval());
    remote =
        reconciler(
            ours(config, RemoteRouteTarget.main(rtnetlink, config, interfaces)),
            config.routeRefreshInterval());
    iptables = reconciler(new IptablesTarget(nftables), Duration.ZERO);
    arpReplies = arpReplies(config);
    encrypted = encrypted(config);
    migrations = migrations(config.deviceRoutes(), loop, listener);
    AddressRoutes addressRoutes = new AddressRoutes(config.deviceRoutes(), routes);
    Endpoints.Parts parts =
        new Endpoints.Parts(settings, addressRoutes, neighbours, shapers, peering);
    endpoints = new Endpoints(config, interfaces, tables, parts, migrations, flows);
    hostEndpoints = new HostEndpoints(config, interfaces, tables);
    floatingRoutes =
        new FloatingRoutes(
            config, interfaces, addressRoutes, name -> migrations.of(endpoints.ownerOf(name)));
    remoteRoutes =
        new RemoteRoutes(
            config,
            interfaces,
            new RemoteRoutes.Parts(tunnels, neighbours, forwarding, remote),
            encrypted);
    workloadMtu = new WorkloadMtu(config.overlay().mtuFile());
    watch = new InterfaceWatch(loop, rtnetlink, interfaces, config, listener);
    endNetworkWatch = environment.watchNetwork(watch::onEvent);
    endRulesetWatch = watchCommits(environment, foreign, listener);
  }

  private PeeringAddresses peering(DataplaneConfig config) {
    Target<PeeringAddresses.Key, Boolean> kept =
        new PeeringAddresses.Kept(rtnetlink, config, interfaces);
    return new PeeringAddresses(reconciler(kept, config.routeRefreshInterval()));
  }

  private LiveMigrations migrations(DeviceRoutes ours, EventLoop loop, Listener listener) {
    return new LiveMigrations(
        loop,
        ours.convergence(),
        interfaces,
        endpoint -> hasElevatedRoute(endpoint, ours),
        listener::migrated);
  }

  private static Runnable watchCommits(
      Environment environment, ForeignChanges foreign, Listener listener) {
    EventLoop loop = environment.loop();
    return environment.watchRuleset(
        generation ->
            loop.execute(
                () -> {
                  if (foreign.isForeign(generation)) {
                    listener.foreignCommit();
                  }
                }),
        () -> loop.execute(listener::foreignCommit));
  }

  /** What happens that is not of the desired state; told on the loop. */
  interface Listener extends InterfaceWatch.Listener {
    /** Somebody else has changed nf_tables. */
    void foreignCommit();

    /** An endpoint is at another point of its migration. */
    void migrated(StateKey.Endpoint id);
  }

  private boolean hasElevatedRoute(LocalEndpoint endpoint, DeviceRoutes ours) {
    Interfaces.Interface i = interfaces.named(endpoint.interfaceName());
    return i != null
        && rtnetlink.routes(RouteFilter.ALL.table(Route.TABLE_MAIN).dev(i.index())).stream()
            .map(RouteTarget::key)
            .anyMatch(
                key ->
                    endpoint.networks().contains(key.destination())
                        && key.equals(ours.elevatedKey(key.destination())));
  }

  private ArpReplies arpReplies(DataplaneConfig config) {
    NftablesTarget target =
        new NftablesTarget(
            nftables,
            ArpReplies.TABLE,
            new NftChain(null, List.of()),
            () -> foreign.committed(nftables));
    return new ArpReplies(reconciler(target, config.nftablesRefreshInterval()));
  }

  private static <K, V> Target<K, V> ours(DataplaneConfig config, Target<K, V> target) {
    return config.routesOfOthers() ? new OfOthers<>() : target;
  }

  private WireguardRoutes.Parts encrypted(DataplaneConfig config) {
    return new WireguardRoutes.Parts(
        tunnels,
        reconciler(
            new PeerTarget(wireguard, config.overlay().wireguard(), interfaces),
            config.routeRefreshInterval()),
        reconciler(
            ours(config, RemoteRouteTarget.wireguard(rtnetlink, config, interfaces)),
            config.routeRefreshInterval()),
        reconciler(new RuleTarget(rtnetlink, config), config.routeRefreshInterval()),
        settings);
  }

  private static Flows forgetting(Conntrack conntrack, EventLoop loop) {
    return new Flows(
        ips -> conntrack.deleteFlows(ips.stream().map(Ip::toInetAddress).toList()), loop::nanoTime);
  }

  private PolicyTable policyTable(
      Family family, DataplaneConfig config, ForeignChanges foreign, DataplaneMetrics metrics) {
    RuleRenderer renderer = new NftRenderer(family, config.rules());
    NftablesTarget target =
        new NftablesTarget(
            nftables,
            table(family),
            renderer.closed("Cannot be programmed"),
            () -> foreign.committed(nftables));
    return new PolicyTable(
        renderer,
        reconciler(new CountedTable(family, target, metrics), config.nftablesRefreshInterval()));
  }

  static Kernel open(
      DataplaneConfig config,
      Environment environment,
      Listener listener,
      DataplaneMetrics metrics) {
    return new Kernel(config, environment, listener, metrics);
  }

  /** Looks at what interfaces there are, on the loop; later changes come by themselves. */
  void listInterfaces() {
    watch.start();
  }

  /**
   * Writes those tables that are not there at all with nothing but what denies: on a new node
   * workloads are guarded before anything is known of them. A table that is there stays as it is,
   * for what it lets through may still be wanted.
   *
   * @return whether no table was there
   * @throws RuntimeException if the kernel does not take one now
   */
  boolean createTables() {
    List<Table> present = nftables.tables();
    boolean none = true;
    for (PolicyTable table : tables) {
      if (present.contains(table(table.family()))) {
        none = false;
      } else {
        Exception broken = table.table().apply().broken();
        if (!table.deniesUnknownInterfaces()) {
          throw new IllegalStateException("no table of " + table.family() + " yet", broken);
        }
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
    return new Reconciler<>(
        target,
        resyncInterval,
        Backoff.DEFAULT,
        environment.loop()::nanoTime,
        environment.random());
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

  Reconciler<PeeringAddresses.Key, Boolean> peeringAddresses() {
    return peering.addresses();
  }

  Reconciler<NeighbourTarget.Key, String> neighbours() {
    return neighbours;
  }

  /** What holds workloads to a bandwidth. */
  Reconciler<Shaper.Key, Shaper> shapers() {
    return shapers;
  }

  Endpoints endpoints() {
    return endpoints;
  }

  HostEndpoints hostEndpoints() {
    return hostEndpoints;
  }

  /** The devices of tunnels to other nodes. */
  Reconciler<String, TunnelDevice> tunnels() {
    return tunnels;
  }

  /** Of the WireGuard devices that are up, by name. */
  Map<String, String> publicKeys() {
    return tunnelTarget.publicKeys();
  }

  /** What is encrypted. */
  WireguardRoutes.Parts encrypted() {
    return encrypted;
  }

  Reconciler<ForwardingTarget.Key, Ip> forwarding() {
    return forwarding;
  }

  /** Routes to other nodes. */
  Reconciler<LocalRoute.Key, RemoteRoute> remote() {
    return remote;
  }

  /** What another Felix has left; to be applied when our own policy is there. */
  Reconciler<Table, List<String>> iptables() {
    return iptables;
  }

  ArpReplies arpReplies() {
    return arpReplies;
  }

  Flows flows() {
    return flows;
  }

  /** How long until there is something to do that waits now; empty if there is nothing. */
  Optional<Duration> nextWake() {
    return Stream.concat(
            reconcilers().stream().map(Reconciler::nextWake), Stream.of(flows.nextWake()))
        .flatMap(Optional::stream)
        .min(Duration::compareTo);
  }

  LiveMigrations migrations() {
    return migrations;
  }

  FloatingRoutes floatingRoutes() {
    return floatingRoutes;
  }

  RemoteRoutes remoteRoutes() {
    return remoteRoutes;
  }

  WorkloadMtu workloadMtu() {
    return workloadMtu;
  }

  /** All but the tables. */
  List<Reconciler<?, ?>> network() {
    return List.of(
        settings,
        routes,
        neighbours,
        peering.addresses(),
        shapers,
        tunnels,
        forwarding,
        remote,
        encrypted.peers(),
        encrypted.routes(),
        encrypted.rules());
  }

  List<Reconciler<?, ?>> reconcilers() {
    List<Reconciler<?, ?>> all = new ArrayList<>(network());
    tables.forEach(table -> all.add(table.table()));
    all.add(arpReplies.table());
    all.add(iptables);
    return all;
  }

  @Override
  public void close() {
    endNetworkWatch.run();
    endRulesetWatch.run();
    migrations.close();
    nftables.close();
    rtnetlink.close();
    trafficControl.close();
    wireguard.close();
    conntrack.close();
  }
}
