package calico.sandbox;

import calico.confd.BgpDaemons;
import calico.datastore.Datastore;
import calico.datastore.Datastores;
import calico.datastore.etcd.ManagedEtcd;
import calico.model.Family;
import calico.model.Ip;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Unknown;
import calico.netlink.Netns;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A running sandbox. Built step by step; closing it removes everything. */
final class Sandbox implements AutoCloseable {
  private static final int RELAY_PORT = 2379;
  private static final int TAIL_LINES = 15;

  private final SandboxOptions options;
  private final SandboxPaths paths;
  private final Installation installation;
  private final Progress progress;
  private final SandboxState state;
  private final Fabric fabric;
  private final List<RouterProcess> routers = new ArrayList<>();
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final Map<String, Workload> workloads = new LinkedHashMap<>();
  private final List<Path> applied = new ArrayList<>();
  private @Nullable ManagedEtcd etcd;
  private final List<Relay> relays = new ArrayList<>();
  private @Nullable Datastore datastore;
  private @Nullable Prober prober;
  private String endpoint = "";

  Sandbox(SandboxOptions options, SandboxPaths paths, Installation installation, Progress progress)
      throws IOException {
    this.options = options;
    this.paths = paths;
    this.installation = installation;
    this.progress = progress;
    this.state = SandboxState.create(paths.stateFile());
    Fabric whole = Fabric.of(options.fabric(), options.topology().nodes());
    this.fabric = options.backend().speaksBgp() ? whole : whole.withoutNodeSessions();
  }

  /**
   * Runs all steps.
   *
   * @return whether the result is as expected
   */
  boolean run() throws IOException {
    startDatastore();
    Wiring wiring = Wiring.build(paths, state, fabric);
    progress.done(described());
    startRouters(wiring);
    startNodes(wiring);
    addWorkloads(wiring);
    Prober p = new Prober(targets());
    prober = p;
    Matrix before = awaitReachability(p);
    progress.done("TCP between all workloads over " + p.families() + " (" + onTime() + ")");
    progress.show("\n" + before.print(options.color()) + "\n");
    boolean asExpected = tryPlanes(wiring);
    Path policies = policies();
    applied.add(policies);
    Matrix after =
        new PolicyTrial(require(datastore), calicoctl(), p, progress, options)
            .apply(policies, before);
    return matches(after) && asExpected;
  }

  private String described() {
    String nodes = nodeCount() + " nodes in namespaces, ";
    return switch (fabric.kind()) {
      case L2 -> nodes + "joined by a switch: " + nodeAddresses();
      case L3 -> "%s%d racks, joined by routers: %s".formatted(nodes, racks(), nodeAddresses());
      case LEAF_SPINE ->
          "%s%d racks, joined by two planes: %s".formatted(nodes, racks(), nodeAddresses());
    };
  }

  private int racks() {
    return fabric.nodes().getLast().rack();
  }

  private void startDatastore() throws IOException {
    String given = options.etcd();
    if (given == null) {
      ManagedEtcd managed =
          ManagedEtcd.start(
              ManagedEtcd.Settings.DEFAULT.withDataDir(paths.etcd()).withClientPort(0));
      etcd = managed;
      endpoint = managed.config().endpoints().getFirst().toString();
      progress.done("etcd: one member at " + endpoint);
    } else {
      endpoint = given;
      progress.done("etcd: " + endpoint + " (yours)");
    }
    state.etcdEndpoint(endpoint);
    Datastore opened = Datastores.forDaemon(datastoreEnvironment());
    datastore = opened;
    // Says at once what is wrong with an etcd of the user's.
    var _ = opened.get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default"));
  }

  private Map<String, String> datastoreEnvironment() {
    return Map.of("DATASTORE_TYPE", "etcdv3", "ETCD_ENDPOINTS", endpoint);
  }

  /** BIRD on each router, and on each gateway of nodes their way to the datastore. */
  private void startRouters(Wiring wiring) throws IOException {
    URI target = URI.create(endpoint.split(",")[0].strip());
    InetSocketAddress etcdAddress = new InetSocketAddress(target.getHost(), target.getPort());
    for (Map.Entry<String, Fabric.Addresses> gateway : fabric.gateways().entrySet()) {
      InetAddress address = gateway.getValue().v4().ip().toInetAddress();
      relays.add(
          new Relay(
              wiring.netns(gateway.getKey()),
              new InetSocketAddress(address, RELAY_PORT),
              etcdAddress));
    }
    for (Fabric.Router router : fabric.routers()) {
      Netns netns = wiring.netns(router.name());
      addMember(router.name(), "router", netns, router.name(), null, null, null);
      routers.add(
          RouterProcess.start(
              paths,
              fabric,
              router,
              netns,
              h -> state.addProcess(SandboxState.ProcessRef.of(router.name(), h))));
    }
  }

  private void addMember(
      String name,
      String kind,
      Netns netns,
      String node,
      @Nullable String namespace,
      @Nullable String ip,
      @Nullable String datastoreEndpoint) {
    state.addMember(
        new SandboxState.Member(
            name,
            kind,
            netns.path().getFileName().toString(),
            node,
            namespace,
            ip,
            datastoreEndpoint,
            Unknown.NONE));
  }

  private void startNodes(Wiring wiring) throws IOException {
    if (fabric.isRouted() && options.backend().speaksBgp()) {
      apply("fabric.yaml", FabricResources.yaml(fabric));
    }
    String scheme = URI.create(endpoint.split(",")[0].strip()).getScheme();
    for (Fabric.Node node : fabric.nodes()) {
      String name = node.name();
      String ip = node.ip(Family.IPV4).toString();
      Netns netns = wiring.netns(name);
      Ip gateway = node.uplinks().getFirst().gateway().v4().ip();
      String forNode = scheme + "://" + gateway + ":" + RELAY_PORT;
      addMember(name, "node", netns, name, null, ip, forNode);
      nodes.add(
          NodeProcess.start(
              installation,
              paths,
              name,
              ip,
              netns,
              forNode,
              options.backend(),
              h -> state.addProcess(SandboxState.ProcessRef.of(name, h))));
    }
    for (NodeProcess node : nodes) {
      awaitOn(node, node.name() + " to be ready", node::isReady);
    }
    progress.done(
        switch (options.backend()) {
          case BIRD ->
              "node daemons up: Felix, confd and %s on each".formatted(isFrr() ? "FRR" : "BIRD");
          case VXLAN, CROSS_SUBNET ->
              "node daemons up: Felix on each, which has VXLAN carry packets";
          case DIRECT -> "node daemons up: Felix on each, which programs the routes";
        });
    awaitSessions();
  }

  /** Nodes inherit the environment, routers have BIRD always. */
  private static boolean isFrr() {
    return BgpDaemons.isFrr(System.getenv());
  }

  private void awaitSessions() throws IOException {
    int ends = fabric.sessionEnds(options.backend().speaksBgp());
    awaitOn(nodes.getFirst(), ends + " ends of BGP sessions", this::isConverged);
    if (ends > 0) {
      progress.done("BGP: " + ends + " ends of sessions established");
    }
  }

  private boolean isConverged() {
    List<NodeProcess> speakers = options.backend().speaksBgp() ? nodes : List.of();
    return BgpSessions.of(routers, speakers)
        .isConverged(fabric.sessionEnds(options.backend().speaksBgp()));
  }

  /** Where there are two planes, shows that both are used and either is enough. */
  private boolean tryPlanes(Wiring wiring) throws IOException {
    Workload from = workloads.values().iterator().next();
    int rack = fabric.node(from.spec().node()).rack();
    Optional<Workload> to =
        workloads.values().stream()
            .filter(w -> fabric.node(w.spec().node()).rack() != rack)
            .findFirst();
    if (fabric.spines().isEmpty() || !options.backend().speaksBgp() || to.isEmpty()) {
      return true;
    }
    return new PlaneTrial(fabric, wiring, options, progress, this::isConverged).run(from, to.get());
  }

  /** Waits for something that a node does; if it does not, its log tells why. */
  private void awaitOn(NodeProcess node, String what, BooleanSupplier condition)
      throws IOException {
    try {
      Waiting.await(options.stepTimeout(), what, condition);
    } catch (SandboxException e) {
      throw new SandboxException(
          e.getMessage()
              + "; the end of the log of "
              + node.name()
              + ":\n"
              + tail(paths.nodeLog(node.name())),
          e);
    }
  }

  /** The last lines of a log, which will have gone with the sandbox when the user reads this. */
  private static String tail(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
  }

  private void addWorkloads(Wiring wiring) throws IOException {
    applyNamespaceProfiles();
    for (Topology.WorkloadSpec spec : options.topology().workloads()) {
      Netns netns = wiring.namespace(spec.name());
      NodeProcess node = nodes.get(spec.node() - 1);
      Workload workload = Workload.add(installation, node, spec, netns);
      workloads.put(spec.name(), workload);
      String name = spec.name();
      addMember(name, "workload", netns, node.name(), spec.namespace(), workload.ip(), null);
    }
    progress.done(
        workloads.size()
            + " workloads attached by the CNI plugin: "
            + workloads.values().stream()
                .map(w -> w.spec().name() + " " + w.ip())
                .collect(Collectors.joining(", ")));
  }

  /** As kube-controllers does: profiles for each namespace and its default service account. */
  private void applyNamespaceProfiles() throws IOException {
    StringBuilder yaml = new StringBuilder();
    for (String namespace : options.topology().namespaces()) {
      yaml.append(
          """
          ---
          apiVersion: projectcalico.org/v3
          kind: Profile
          metadata: {name: kns.%1$s}
          spec:
            ingress: [{action: Allow}]
            egress: [{action: Allow}]
            labelsToApply: {pcns.projectcalico.org/name: %1$s}
          ---
          apiVersion: projectcalico.org/v3
          kind: Profile
          metadata: {name: ksa.%1$s.default}
          spec:
            labelsToApply: {pcsa.projectcalico.org/name: default}
          """
              .formatted(namespace));
    }
    apply("profiles.yaml", yaml.toString());
  }

  private void apply(String fileName, String yaml) throws IOException {
    Path file = paths.directory().resolve(fileName);
    Files.writeString(file, yaml);
    applied.add(file);
    calicoctl().run("apply", "-f", file.toString());
  }

  private Map<String, Prober.Target> targets() {
    Map<String, Prober.Target> targets = new LinkedHashMap<>();
    workloads.forEach((name, w) -> targets.put(name, new Prober.Target(w.netns(), w.addresses())));
    return targets;
  }

  /**
   * Routes take a moment. In a new datastore everything must become allowed; in one of the user's
   * there may be policy already, so there the matrix has to stay as it is.
   */
  private Matrix awaitReachability(Prober p) throws IOException {
    for (Family family : p.families().reversed()) {
      Matrix matrix = awaitReachability(p, family);
      if (family == p.families().getFirst()) {
        return matrix;
      }
    }
    throw new SandboxException("there is no family in which every workload has an address");
  }

  private Matrix awaitReachability(Prober p, Family family) throws IOException {
    long deadline = System.nanoTime() + options.stepTimeout().toNanos();
    Matrix matrix = p.measure(family);
    Matrix previous = null;
    while (!matrix.allAllowed() && !(options.etcd() != null && matrix.equals(previous))) {
      if (System.nanoTime() > deadline) {
        progress.show(matrix.print(options.color()));
        throw new SandboxException(
            "not all workloads reach each other over %s after %d s; see the logs in %s"
                .formatted(family, options.stepTimeout().toSeconds(), paths.directory()));
      }
      previous = matrix;
      matrix = p.measure(family);
    }
    return matrix;
  }

  private Path policies() throws IOException {
    Path given = options.policies();
    if (given != null) {
      return given;
    }
    Path file = paths.policies().resolve("three-tier.yaml");
    Files.createDirectories(file.getParent());
    try (InputStream in = Sandbox.class.getResourceAsStream("three-tier.yaml")) {
      if (in == null) {
        throw new IllegalStateException("three-tier.yaml is missing from the jar");
      }
      Files.write(file, in.readAllBytes());
    }
    return file;
  }

  private boolean matches(Matrix after) {
    Matrix expected = options.expected();
    if (expected == null) {
      return true;
    }
    List<String> differences = after.differencesFrom(expected);
    if (differences.isEmpty()) {
      progress.show("the matrix is as expected");
      return true;
    }
    progress.show("the matrix is not as expected:\n  " + String.join("\n  ", differences));
    return false;
  }

  private Calicoctl calicoctl() {
    return new Calicoctl(installation.calicoctl(), datastoreEnvironment());
  }

  /** How to look further. */
  String hints() {
    String name =
        options.name().equals(SandboxCommand.DEFAULT_NAME) ? "" : " --name " + options.name();
    String workload = workloads.keySet().iterator().next();
    return """
        The sandbox stays up until Ctrl-C (or ./calico sandbox down%1$s). Look further:
          ./calico sandbox exec%1$s %2$s ip route          a workload's or node's namespace: any command
          ./calico sandbox exec%1$s node1 nft list table ip calico
          ./calico sandbox exec%1$s node1 %3$s
          ETCD_ENDPOINTS=%4$s %5$s get workloadendpoints -A -o wide
        %7$s  logs: %6$s/node*/var/log/calico/"""
        .formatted(
            name,
            workload,
            switch (options.backend()) {
              case BIRD -> nodes.getFirst().showSessions(isFrr());
              case VXLAN, CROSS_SUBNET, DIRECT -> "ip route show root " + Fabric.POOL_V4;
            },
            endpoint,
            installation.calicoctl(),
            paths.directory(),
            routers.stream().reduce((_, last) -> last).map(r -> hint(name, r)).orElse(""));
  }

  private static String hint(String name, RouterProcess router) {
    return "  ./calico sandbox exec%s %s birdc -s %s show route%n"
        .formatted(name, router.name(), router.birdSocket());
  }

  private int nodeCount() {
    return options.topology().nodes();
  }

  private String nodeAddresses() {
    return fabric.nodes().stream()
        .map(node -> node.name() + " " + node.ip(Family.IPV4))
        .collect(Collectors.joining(", "));
  }

  private String onTime() {
    return String.format(Locale.ROOT, "%.1f s since the start", progress.totalSeconds());
  }

  private static <T> T require(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("used before it was started");
    }
    return value;
  }

  /**
   * The datastore stays: takes out of it the workloads, the resources that were applied and the
   * nodes. Pools, address blocks and what every cluster has remain.
   */
  private void giveBack() {
    try {
      for (Workload workload : workloads.values()) {
        Workload.remove(installation, nodes.get(workload.spec().node() - 1), workload);
      }
      for (Path file : applied.reversed()) {
        delete(file);
      }
      for (NodeProcess node : nodes) {
        calicoctl().run("delete", "--skip-not-exists", "node", node.name());
      }
    } catch (IOException | SandboxException e) {
      progress.show(
          "not everything could be taken out of " + options.etcd() + ": " + e.getMessage());
    }
  }

  /** A tier goes only when its policies have gone, wherever in the file they are. */
  private void delete(Path file) throws IOException {
    String[] command = {"delete", "--skip-not-exists", "-f", file.toString()};
    try {
      calicoctl().run(command);
    } catch (SandboxException e) {
      calicoctl().run(command);
    }
  }

  /** Ends and removes everything. */
  @Override
  public void close() throws IOException {
    if (prober != null) {
      prober.close();
    }
    if (options.etcd() != null) {
      giveBack();
    }
    if (datastore != null) {
      datastore.close();
    }
    nodes.forEach(node -> node.daemon().close());
    routers.forEach(router -> router.daemon().close());
    for (Relay relay : relays) {
      relay.close();
    }
    if (etcd != null) {
      etcd.close();
    }
    Removal.remove(paths, state.content(), ProcessHandle.current());
  }
}
