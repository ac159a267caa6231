package calico.sandbox;

import calico.datastore.Datastore;
import calico.datastore.Datastores;
import calico.datastore.etcd.ManagedEtcd;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.netlink.Netns;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final Map<String, Workload> workloads = new LinkedHashMap<>();
  private final List<Path> applied = new ArrayList<>();
  private @Nullable ManagedEtcd etcd;
  private @Nullable Relay relay;
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
  }

  /**
   * Runs all steps.
   *
   * @return whether the result is as expected
   */
  boolean run() throws IOException {
    startDatastore();
    Fabric fabric = Fabric.build(paths, state, options.topology().nodes());
    progress.done(nodeCount() + " nodes in namespaces, joined by a switch: " + nodeAddresses());
    startNodes(fabric);
    addWorkloads(fabric);
    Prober p = new Prober(targets());
    prober = p;
    Matrix before = awaitReachability(p);
    progress.done("TCP between all workloads (" + onTime() + ")");
    progress.show("\n" + before.print(options.color()) + "\n");
    Path policies = policies();
    applied.add(policies);
    Matrix after =
        new PolicyTrial(require(datastore), calicoctl(), p, progress, options)
            .apply(policies, before);
    return matches(after);
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

  private void startNodes(Fabric fabric) throws IOException {
    URI target = URI.create(endpoint.split(",")[0].strip());
    relay =
        new Relay(
            fabric.switchNetns(),
            new InetSocketAddress(Fabric.SWITCH_IP, RELAY_PORT),
            new InetSocketAddress(target.getHost(), target.getPort()));
    String forNodes = target.getScheme() + "://" + Fabric.SWITCH_IP + ":" + RELAY_PORT;
    for (int i = 1; i <= nodeCount(); i++) {
      String name = Fabric.nodeName(i);
      Netns netns = fabric.node(i);
      state.addMember(
          new SandboxState.Member(
              name,
              "node",
              netns.path().getFileName().toString(),
              name,
              null,
              Fabric.nodeIp(i),
              calico.model.resource.Unknown.NONE));
      nodes.add(
          NodeProcess.start(
              installation,
              paths,
              name,
              Fabric.nodeIp(i),
              netns,
              forNodes,
              options.backend(),
              h -> state.addProcess(SandboxState.ProcessRef.of(name, h))));
    }
    for (NodeProcess node : nodes) {
      awaitOn(node, node.name() + " to be ready", node::isReady);
    }
    switch (options.backend()) {
      case BIRD -> awaitSessions();
      case VXLAN -> progress.done("node daemons up: Felix on each, which has VXLAN carry packets");
    }
  }

  private void awaitSessions() throws IOException {
    progress.done("node daemons up: Felix, confd and BIRD on each");
    awaitOn(
        nodes.getFirst(),
        "all BGP sessions",
        () -> BgpSessions.of(nodes).isConverged(nodes.size()));
    progress.done("BGP: " + BgpSessions.of(nodes).established() + " ends of sessions established");
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

  private void addWorkloads(Fabric fabric) throws IOException {
    applyNamespaceProfiles();
    for (Topology.WorkloadSpec spec : options.topology().workloads()) {
      Netns netns = fabric.namespace(spec.name());
      NodeProcess node = nodes.get(spec.node() - 1);
      Workload workload = Workload.add(installation, node, spec, netns);
      workloads.put(spec.name(), workload);
      state.addMember(
          new SandboxState.Member(
              spec.name(),
              "workload",
              netns.path().getFileName().toString(),
              node.name(),
              spec.namespace(),
              workload.ip(),
              calico.model.resource.Unknown.NONE));
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
    Path file = paths.directory().resolve("profiles.yaml");
    Files.writeString(file, yaml);
    applied.add(file);
    calicoctl().run("apply", "-f", file.toString());
  }

  private Map<String, Prober.Target> targets() {
    Map<String, Prober.Target> targets = new LinkedHashMap<>();
    workloads.forEach((name, w) -> targets.put(name, new Prober.Target(w.netns(), w.ip())));
    return targets;
  }

  /**
   * Routes take a moment. In a new datastore everything must become allowed; in one of the user's
   * there may be policy already, so there the matrix has to stay as it is.
   */
  private Matrix awaitReachability(Prober p) throws IOException {
    long deadline = System.nanoTime() + options.stepTimeout().toNanos();
    Matrix matrix = p.measure();
    Matrix previous = null;
    while (!matrix.allAllowed() && !(options.etcd() != null && matrix.equals(previous))) {
      if (System.nanoTime() > deadline) {
        progress.show(matrix.print(options.color()));
        throw new SandboxException(
            "not all workloads reach each other after "
                + options.stepTimeout().toSeconds()
                + " s; see the logs in "
                + paths.directory());
      }
      previous = matrix;
      matrix = p.measure();
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
          logs: %6$s/node*/var/log/calico/"""
        .formatted(
            name,
            workload,
            switch (options.backend()) {
              case BIRD -> "birdc -s " + nodes.getFirst().birdSocket() + " show protocols";
              case VXLAN -> "ip route show dev vxlan.calico";
            },
            endpoint,
            installation.calicoctl(),
            paths.directory());
  }

  private int nodeCount() {
    return options.topology().nodes();
  }

  private String nodeAddresses() {
    List<String> all = new ArrayList<>();
    for (int i = 1; i <= nodeCount(); i++) {
      all.add(Fabric.nodeName(i) + " " + Fabric.nodeIp(i));
    }
    return String.join(", ", all);
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
    if (relay != null) {
      relay.close();
    }
    if (etcd != null) {
      etcd.close();
    }
    Removal.remove(paths, state.content(), ProcessHandle.current());
  }
}
