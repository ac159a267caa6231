package calico.felix.monitor;

import calico.felix.monitor.DataplaneMetrics.PolicyTables;
import calico.felix.monitor.DataplaneMetrics.TableSize;
import calico.felix.monitor.ObjectProblems.Subject;
import calico.model.Family;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.SummaryWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.Quantiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The metrics under their names, read when they are asked for. The library that writes them is used
 * nowhere else.
 */
final class Exposition {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final double[] QUANTILES = {0.5, 0.9, 0.99};

  /** The library ends every counter's name so; none of upstream's Felix has it. */
  private static final Pattern TOTAL =
      Pattern.compile(
          "^(# (?:HELP|TYPE) )?((?:felix|cni|confd|wireguard)_\\w+)_total(?=[ {])",
          Pattern.MULTILINE);

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final List<Description> descriptions = new ArrayList<>();

  /** A metric for its readers. */
  record Description(String name, String type, List<String> labels, String help) {}

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
    gauges(
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
      ProcessMetrics.builder().register(registry);
    }
    if (parts.runtime()) {
      JvmMemoryMetrics.builder().register(registry);
      JvmGarbageCollectorMetrics.builder().register(registry);
      JvmThreadsMetrics.builder().register(registry);
    }
  }

  private void stream(CalcMetrics calc) {
    gauge(
        "felix_resync_state",
        "State of the datastore's stream: 1 waiting for the datastore, 2 reading, 3 in sync.",
        () -> calc.state().number());
    counter(
        "felix_resyncs_started",
        "How often everything was read from the datastore.",
        calc::resyncs);
    tally(
        "felix_calc_graph_updates_processed",
        "Changes of the datastore that were calculated with, by kind of key.",
        calc.updates(),
        "type");
    counter(
        "felix_calc_graph_output_events",
        "Changes of this node's desired state that followed from them.",
        calc::outputEvents);
    summary(
        "felix_calc_graph_update_time_seconds",
        "Seconds that the calculation took for a batch of changes.",
        calc.updateTime());
    latency(
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
  }

  private void messages(DataplaneMetrics dataplane) {
    tally(
        "felix_int_dataplane_messages",
        "Changes of the desired state that the dataplane took, by kind.",
        dataplane.messages(),
        "type");
    summary(
        "felix_int_dataplane_msg_batch_size",
        "How many of them came at once.",
        dataplane.batchSize());
    summary(
        "felix_int_dataplane_iface_msg_batch_size",
        "How many changes of interfaces were taken at once.",
        dataplane.interfaceBatchSize());
    summary(
        "felix_int_dataplane_addr_msg_batch_size",
        "How many changes of the host's addresses were taken at once.",
        dataplane.addressBatchSize());
    summary(
        "felix_int_dataplane_initial_resync_time_seconds",
        "Seconds that it took to write the first complete state.",
        dataplane.initialApplyTime());
    summary(
        "felix_int_dataplane_apply_time_seconds",
        "Seconds that each writing after that took.",
        dataplane.applyTime());
    counter(
        "felix_int_dataplane_failures",
        "Writings of which something failed and is tried again.",
        dataplane::failures);
  }

  private void kernel(DataplaneMetrics dataplane) {
    tally(
        "felix_dataplane_entry_failures",
        "Entries that the kernel did not take, by kind; each try counts.",
        dataplane.entryFailures(),
        "kind");
    tally(
        "felix_dataplane_repairs",
        "Entries that somebody else had changed or removed and that were put right, by kind.",
        dataplane.repairs(),
        "kind");
    counter(
        "felix_ipip_refused",
        "Tries to set up the IPIP device that the kernel refused.",
        dataplane::ipipRefusals);
    counter(
        "felix_wireguard_refused",
        "Tries to set up a WireGuard device that the kernel refused.",
        dataplane::wireguardRefusals);
    counter("felix_nft_calls", "Transactions that write nftables.", dataplane.writes()::made);
    counter(
        "felix_nft_errors",
        "Those of which the kernel refused anything.",
        dataplane.writes()::failed);
    counter("felix_nft_list_calls", "Readings of nftables.", dataplane.lists()::made);
    counter("felix_nft_list_errors", "Those that failed.", dataplane.lists()::failed);
    tables(dataplane);
    policyTables(dataplane);
    gauges(
        "felix_route_table_num_routes",
        "Routes that are wanted, by table.",
        "table",
        () -> Map.of("main", dataplane.routes()));
    summary(
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
    describe(meta, "gauge", metaHelp, "hostname", "public_key", "iface", "listen_port");
    describe(handshake, "gauge", handshakeHelp, peerLabels);
    describe(sent, "counter", sentHelp, peerLabels);
    describe(received, "counter", receivedHelp, peerLabels);
    registry.register(
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
                    Labels.of("iface", device.name(), "listen_port", String.valueOf(device.port()));
                devices.dataPoint(new GaugeDataPointSnapshot(1, own.merge(port), null));
                for (WireguardDevice.Peer peer : device.peers()) {
                  Labels labels =
                      own.merge(
                          Labels.of("peer_key", peer.key(), "peer_endpoint", peer.endpoint()));
                  shaken.dataPoint(
                      new GaugeDataPointSnapshot(peer.handshakeSeconds(), labels, null));
                  out.dataPoint(new CounterDataPointSnapshot(peer.sentBytes(), labels, null, 0));
                  in.dataPoint(new CounterDataPointSnapshot(peer.receivedBytes(), labels, null, 0));
                }
              }
              return MetricSnapshots.of(devices.build(), shaken.build(), out.build(), in.build());
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

  private void problems(String name, String help, Supplier<Stream<Map<Subject, String>>> all) {
    gauge(
        name,
        help,
        List.of("kind", "namespace", "name", "problem"),
        out ->
            all.get()
                .flatMap(each -> each.entrySet().stream().limit(ObjectProblems.TOLD))
                .forEach(e -> out.call(1, e.getKey().labels(e.getValue()))));
  }

  private void calls(CniMetrics cni) {
    String name = "cni_call_seconds";
    String help =
        "Seconds that calls of the CNI plugin took, by command and stage; the stage 'all' is the"
            + " whole call, in which others overlap.";
    describe(name, "histogram", help, "command", "stage", "le");
    registry.register(
        () -> {
          HistogramSnapshot.Builder out = HistogramSnapshot.builder().name(name).help(help);
          cni.read()
              .forEach(
                  (stage, latency) ->
                      out.dataPoint(
                          point(
                              latency,
                              Labels.of("command", stage.command(), "stage", stage.name()))));
          return out.build();
        });
    tally(
        "cni_call_failures",
        "Calls of the CNI plugin that failed, by the code that the runtime was told.",
        cni.failures(),
        "code");
  }

  private void bgp(BgpMetrics bgp) {
    gauge(
        "confd_healthy",
        "1 if the BGP daemon runs what the datastore says, but for single resources; else 0.",
        () -> bgp.read().healthy() ? 1 : 0);
    counter(
        "confd_reloads",
        "How often the BGP daemon was given a new configuration.",
        () -> bgp.read().reloads());
    problems(
        "confd_object_problems",
        "Objects that the BGP daemon is not told wholly, always 1: 'refused', or 'doubtful' if they"
            + " are hardly meant so. The log says why.",
        () -> Stream.of(bgp.read().problems()));
    gauge(
        "bgp_peers",
        "BGP sessions of this node, by their state (RFC 4271).",
        List.of("ip_version", "status"),
        out -> {
          var peers = bgp.read().peers().get();
          peers.forEach((of, count) -> out.call(count, of.ipVersion(), of.status()));
        });
  }

  private void size(CalcMetrics calc, String name, String help, ToIntFunction<GraphSize> of) {
    gauge("felix_" + name, help, () -> of.applyAsInt(calc.size()));
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
    gauge(
        name,
        help,
        List.of("ip_version"),
        out -> of.get().forEach((f, each) -> out.call(value.applyAsInt(each), "" + f.version())));
  }

  private void describe(String name, String type, String help, String... labels) {
    descriptions.add(new Description(name, type, List.of(labels), help));
  }

  private void counter(String name, String help, LongSupplier value) {
    describe(name, "counter", help);
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(out -> out.call((double) value.getAsLong()))
        .register(registry);
  }

  private void tally(String name, String help, Tally tally, String label) {
    describe(name, "counter", help, label);
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .callback(out -> tally.read().forEach((of, count) -> out.call(count, of)))
        .register(registry);
  }

  private void gauge(String name, String help, IntSupplier value) {
    gauge(name, help, List.of(), out -> out.call(value.getAsInt()));
  }

  private void gauges(
      String name, String help, String label, Supplier<Map<String, Integer>> values) {
    gauge(
        name,
        help,
        List.of(label),
        out -> values.get().forEach((of, value) -> out.call(value, of)));
  }

  private void gauge(
      String name, String help, List<String> labels, Consumer<GaugeWithCallback.Callback> values) {
    String[] names = labels.toArray(String[]::new);
    describe(name, "gauge", help, names);
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(names)
        .callback(values)
        .register(registry);
  }

  private void summary(String name, String help, Observations observations) {
    describe(name, "summary", help, "quantile");
    SummaryWithCallback.builder()
        .name(name)
        .help(help)
        .callback(
            out -> {
              Observations.Reading now = observations.read();
              out.call(now.count(), now.sum(), quantiles(now));
            })
        .register(registry);
  }

  private static Quantiles quantiles(Observations.Reading reading) {
    return Quantiles.of(
        Arrays.stream(QUANTILES)
            .mapToObj(part -> new Quantile(part, reading.quantile(part)))
            .toList());
  }

  private void latency(String name, String help, Latency latency) {
    describe(name, "histogram", help, "le");
    registry.register(
        () ->
            HistogramSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(point(latency, Labels.EMPTY))
                .build());
  }

  private static HistogramDataPointSnapshot point(Latency latency, Labels labels) {
    return HistogramDataPointSnapshot.builder()
        .classicHistogramBuckets(ClassicHistogramBuckets.of(Latency.bounds(), latency.counts()))
        .sum(latency.sum())
        .labels(labels)
        .build();
  }

  /** What there is of Felix, whether it has a value now or not. */
  List<Description> descriptions() {
    return descriptions;
  }

  /** All values as of now, in Prometheus' text format. */
  String text() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      writer.write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return TOTAL.matcher(out.toString(StandardCharsets.UTF_8)).replaceAll("$1$2");
  }
}
