package calico.felix.monitor;

import calico.felix.monitor.DataplaneMetrics.PolicyTables;
import calico.felix.monitor.DataplaneMetrics.TableSize;
import calico.felix.monitor.ObjectProblems.Subject;
import calico.model.Family;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/** What of a node is told as metrics, under which names. */
final class Exposition {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final MetricsText all = new MetricsText();

  /**
   * What is served.
   *
   * @param wireguard whether what WireGuard does is
   * @param process whether that of the process is
   * @param runtime whether that of the Java runtime is
   */
  record Parts(
      String host,
      CalcMetrics calc,
      DataplaneMetrics dataplane,
      CniMetrics cni,
      BgpMetrics bgp,
      boolean wireguard,
      boolean process,
      boolean runtime) {}

  Exposition(Parts parts) {
    all.gauges(
        "felix_host",
        "Name of this node, as a label; always 1.",
        "host",
        () -> Map.of(parts.host(), 1));
    stream(parts.calc());
    sizes(parts.calc());
    messages(parts.dataplane());
    kernel(parts.dataplane());
    problems(parts.calc(), parts.dataplane());
    calls(parts.cni());
    bgp(parts.bgp());
    if (parts.wireguard()) {
      wireguard(parts.host(), parts.dataplane());
    }
    if (parts.process()) {
      ProcessMetrics.builder().register(all.registry());
    }
    if (parts.runtime()) {
      JvmMemoryMetrics.builder().register(all.registry());
      JvmGarbageCollectorMetrics.builder().register(all.registry());
      JvmThreadsMetrics.builder().register(all.registry());
    }
  }

  private void stream(CalcMetrics calc) {
    all.gauge(
        "felix_resync_state",
        "State of the datastore's stream: 1 waiting for the datastore, 2 reading, 3 in sync.",
        () -> calc.state().number());
    all.counter(
        "felix_resyncs_started",
        "How often everything was read from the datastore.",
        calc::resyncs);
    all.tally(
        "felix_calc_graph_updates_processed",
        "Changes of the datastore that were calculated with, by kind of key.",
        calc.updates(),
        "type");
    all.counter(
        "felix_calc_graph_output_events",
        "Changes of this node's desired state that followed from them.",
        calc::outputEvents);
    all.summary(
        "felix_calc_graph_update_time_seconds",
        "Seconds that the calculation took for a batch of changes.",
        calc.updateTime());
    all.latency(
        "felix_datastore_to_kernel_seconds",
        "Seconds from a change's arrival until what follows from it was in the kernel.",
        calc.toKernel());
  }

  private void sizes(CalcMetrics calc) {
    size(calc, "active_local_endpoints", "Endpoints of this node.", GraphSize::localEndpoints);
    size(calc, "active_local_policies", "Policies that they need.", GraphSize::localPolicies);
    size(
        calc,
        "active_local_selectors",
        "Sets of addresses that rules of those refer to.",
        GraphSize::localSelectors);
    size(calc, "cluster_num_hosts", "Nodes of the cluster.", GraphSize::hosts);
    size(
        calc,
        "cluster_num_host_endpoints",
        "Host endpoints of the cluster.",
        GraphSize::hostEndpoints);
    size(
        calc,
        "cluster_num_workload_endpoints",
        "Workload endpoints of the cluster.",
        GraphSize::workloadEndpoints);
    size(calc, "cluster_num_policies", "Policies of the cluster.", GraphSize::policies);
    size(calc, "cluster_num_profiles", "Profiles of the cluster.", GraphSize::profiles);
    size(calc, "cluster_num_tiers", "Tiers of the cluster.", GraphSize::tiers);
    index(calc);
  }

  private void index(CalcMetrics calc) {
    size(
        calc,
        "label_index_num_endpoints",
        "Endpoints and network sets of which addresses are looked for by labels.",
        size -> size.index().items());
    all.gauges(
        "felix_label_index_num_active_selectors",
        "Selectors that rules use; 'optimized' are those that imply a label.",
        "optimized",
        () ->
            Map.of("true", calc.size().index().optimized(), "false", calc.size().index().others()));
    all.counters(
        "felix_label_index_selector_evals",
        "How often a selector was compared with labels, by the result.",
        "result",
        () ->
            Map.of("true", calc.size().index().matching(), "false", calc.size().index().failing()));
  }

  private void messages(DataplaneMetrics dataplane) {
    all.tally(
        "felix_int_dataplane_messages",
        "Changes of the desired state that the dataplane took, by kind.",
        dataplane.messages(),
        "type");
    all.summary(
        "felix_int_dataplane_msg_batch_size",
        "How many of them came at once.",
        dataplane.batchSize());
    all.summary(
        "felix_int_dataplane_iface_msg_batch_size",
        "How many changes of interfaces were taken at once.",
        dataplane.interfaceBatchSize());
    all.summary(
        "felix_int_dataplane_addr_msg_batch_size",
        "How many changes of the host's addresses were taken at once: always one.",
        dataplane.addressBatchSize());
    all.summary(
        "felix_int_dataplane_initial_resync_time_seconds",
        "Seconds that it took to write the first complete state.",
        dataplane.initialApplyTime());
    all.summary(
        "felix_int_dataplane_apply_time_seconds",
        "Seconds that each writing after that took.",
        dataplane.applyTime());
    all.counter(
        "felix_int_dataplane_failures",
        "Writings of which something failed and is tried again.",
        dataplane::failures);
  }

  private void kernel(DataplaneMetrics dataplane) {
    all.tally(
        "felix_dataplane_entry_failures",
        "Entries that the kernel did not take, by kind; each try counts.",
        dataplane.entryFailures(),
        "kind");
    all.tally(
        "felix_dataplane_repairs",
        "Entries that somebody else had changed or removed and that were put right, by kind.",
        dataplane.repairs(),
        "kind");
    all.counter(
        "felix_ipip_refused",
        "Tries to set up the IPIP device that the kernel refused.",
        dataplane::ipipRefusals);
    all.counter(
        "felix_wireguard_refused",
        "Tries to set up a WireGuard device that the kernel refused.",
        dataplane::wireguardRefusals);
    all.counter("felix_nft_calls", "Transactions that write nftables.", dataplane.writes()::made);
    all.counter(
        "felix_nft_errors",
        "Those of which the kernel refused anything.",
        dataplane.writes()::failed);
    all.counter("felix_nft_list_calls", "Readings of nftables.", dataplane.lists()::made);
    all.counter("felix_nft_list_errors", "Those that failed.", dataplane.lists()::failed);
    tables(dataplane);
    policyTables(dataplane);
    all.gauges(
        "felix_route_table_num_routes",
        "Routes that are wanted, by table.",
        "table",
        () -> Map.of("main", dataplane.routes()));
    all.summary(
        "felix_route_table_resync_seconds",
        "Seconds that it took to read the routes to workloads back.",
        dataplane.routeListTime());
  }

  /** Not by the means of the others: one reading of the kernel for all of them. */
  private void wireguard(String host, DataplaneMetrics dataplane) {
    String meta = "wireguard_meta";
    String handshake = "wireguard_latest_handshake_seconds";
    String sent = "wireguard_bytes_sent";
    String received = "wireguard_bytes_rcvd";
    String[] peerLabels = {"hostname", "public_key", "peer_key", "peer_endpoint"};
    String metaHelp = "A WireGuard device of this node; always 1.";
    String handshakeHelp =
        "When the device and another node last shook hands, in seconds of the epoch.";
    String sentHelp = "Bytes that the device has sent to another node.";
    String receivedHelp = "Bytes that the device has received from another node.";
    all.describe(meta, "gauge", metaHelp, "hostname", "public_key", "iface", "listen_port");
    all.describe(handshake, "gauge", handshakeHelp, peerLabels);
    all.describe(sent, "counter", sentHelp, peerLabels);
    all.describe(received, "counter", receivedHelp, peerLabels);
    all.registry()
        .register(
            (MultiCollector)
                () -> {
                  GaugeSnapshot.Builder devices = GaugeSnapshot.builder().name(meta).help(metaHelp);
                  GaugeSnapshot.Builder shaken =
                      GaugeSnapshot.builder().name(handshake).help(handshakeHelp);
                  CounterSnapshot.Builder out = CounterSnapshot.builder().name(sent).help(sentHelp);
                  CounterSnapshot.Builder in =
                      CounterSnapshot.builder().name(received).help(receivedHelp);
                  for (WireguardDevice device : dataplane.wireguard()) {
                    Labels own = Labels.of("hostname", host, "public_key", device.key());
                    Labels port =
                        Labels.of(
                            "iface", device.name(), "listen_port", String.valueOf(device.port()));
                    devices.dataPoint(new GaugeDataPointSnapshot(1, own.merge(port), null));
                    for (WireguardDevice.Peer peer : device.peers()) {
                      Labels labels =
                          own.merge(
                              Labels.of("peer_key", peer.key(), "peer_endpoint", peer.endpoint()));
                      shaken.dataPoint(
                          new GaugeDataPointSnapshot(peer.handshakeSeconds(), labels, null));
                      out.dataPoint(
                          new CounterDataPointSnapshot(peer.sentBytes(), labels, null, 0));
                      in.dataPoint(
                          new CounterDataPointSnapshot(peer.receivedBytes(), labels, null, 0));
                    }
                  }
                  return MetricSnapshots.of(
                      devices.build(), shaken.build(), out.build(), in.build());
                });
  }

  private void problems(CalcMetrics calc, DataplaneMetrics dataplane) {
    problems(
        "felix_object_problems",
        "Objects without their full effect, always 1: ignored as 'invalid', 'not rendered' as rules"
            + " or 'refused' by the kernel. The log says why. At most "
            + ObjectProblems.TOLD
            + " of each are told.",
        () -> Stream.of(calc.invalid().read(), dataplane.unprogrammed().read()));
  }

  private void problems(String name, String help, Supplier<Stream<Map<Subject, String>>> told) {
    String[] labels = {"kind", "namespace", "name", "problem"};
    all.describe(name, "gauge", help, labels);
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(labels)
        .callback(
            out ->
                told.get()
                    .flatMap(each -> each.entrySet().stream().limit(ObjectProblems.TOLD))
                    .forEach(e -> out.call(1, labels(e.getKey(), e.getValue()))))
        .register(all.registry());
  }

  private void calls(CniMetrics cni) {
    String name = "cni_call_seconds";
    String help =
        "Seconds that calls of the CNI plugin took, by command and stage; the stage 'all' is the"
            + " whole call, in which others overlap.";
    all.describe(name, "histogram", help, "command", "stage", "le");
    all.registry()
        .register(
            () -> {
              HistogramSnapshot.Builder out = HistogramSnapshot.builder().name(name).help(help);
              cni.read()
                  .forEach(
                      (stage, latency) ->
                          out.dataPoint(
                              MetricsText.point(
                                  latency,
                                  Labels.of("command", stage.command(), "stage", stage.name()))));
              return out.build();
            });
    all.tally(
        "cni_call_failures",
        "Calls of the CNI plugin that failed, by the code that the runtime was told.",
        cni.failures(),
        "code");
  }

  private void bgp(BgpMetrics bgp) {
    all.gauge(
        "confd_healthy",
        "1 if the BGP daemon runs what the datastore says, but for single resources; else 0.",
        () -> bgp.read().healthy() ? 1 : 0);
    all.counter(
        "confd_reloads",
        "How often the BGP daemon was given a new configuration.",
        () -> bgp.read().reloads());
    problems(
        "confd_object_problems",
        "Objects that the BGP daemon is not told wholly, always 1: 'refused', or 'doubtful' if they"
            + " are hardly meant so. The log says why.",
        () -> Stream.of(bgp.read().problems()));
    String peers = "bgp_peers";
    String peersHelp = "BGP sessions of this node, by their state (RFC 4271).";
    all.describe(peers, "gauge", peersHelp, "ip_version", "status");
    GaugeWithCallback.builder()
        .name(peers)
        .help(peersHelp)
        .labelNames("ip_version", "status")
        .callback(
            out ->
                bgp.read()
                    .peers()
                    .get()
                    .forEach((of, count) -> out.call(count, of.ipVersion(), of.status())))
        .register(all.registry());
  }

  private static String[] labels(Subject subject, String problem) {
    return new String[] {subject.kind(), subject.namespace(), subject.name(), problem};
  }

  private void size(CalcMetrics calc, String name, String help, ToIntFunction<GraphSize> of) {
    all.gauge("felix_" + name, help, () -> of.applyAsInt(calc.size()));
  }

  private void tables(DataplaneMetrics dataplane) {
    var of = (Supplier<Map<Family, TableSize>>) dataplane::tables;
    byFamily("felix_nft_chains", "Chains of our table.", of, TableSize::chains);
    byFamily("felix_nft_rules", "Rules of our table.", of, TableSize::rules);
    byFamily("felix_nft_sets", "Sets of our table.", of, TableSize::sets);
    byFamily("felix_nft_maps", "Maps of our table.", of, TableSize::maps);
  }

  private void policyTables(DataplaneMetrics dataplane) {
    var of = (Supplier<Map<Family, PolicyTables>>) dataplane::policyTables;
    byFamily(
        "felix_nft_policy_tables",
        "Runs of policies that are looked up, not tried.",
        of,
        PolicyTables::tables);
    byFamily(
        "felix_nft_policy_tables_too_large",
        "Runs of policies that are tried because their table would be too large.",
        of,
        PolicyTables::tooLarge);
    byFamily(
        "felix_nft_policies_tried",
        "Policies that are tried rule by rule.",
        of,
        PolicyTables::tried);
    byFamily(
        "felix_nft_address_classes",
        "Classes of addresses that tables of policies ask for.",
        of,
        PolicyTables::classes);
  }

  private <T> void byFamily(
      String name, String help, Supplier<Map<Family, T>> of, ToIntFunction<T> value) {
    all.gauges(
        name,
        help,
        "ip_version",
        () -> {
          Map<String, Integer> out = new TreeMap<>();
          of.get()
              .forEach((f, each) -> out.put(f == Family.IPV4 ? "4" : "6", value.applyAsInt(each)));
          return out;
        });
  }

  /** What there is of Felix, whether it has a value now or not. */
  List<MetricsText.Description> descriptions() {
    return all.descriptions();
  }

  /** All values as of now, in Prometheus' text format. */
  String text() {
    return all.text();
  }
}
