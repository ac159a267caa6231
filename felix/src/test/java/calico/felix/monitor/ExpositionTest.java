package calico.felix.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.monitor.CalcMetrics.ResyncState;
import calico.felix.monitor.DataplaneMetrics.PolicyTables;
import calico.felix.monitor.DataplaneMetrics.TableSize;
import calico.felix.monitor.ObjectProblems.Subject;
import calico.model.Family;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code -Dgolden.write=true} writes the table of the page anew. */
class ExpositionTest {
  private static final Path PAGE = Path.of("..", "docs", "reference", "felix", "monitoring.md");
  private static final String BEGIN = "<!-- metrics: written by ExpositionTest -->\n";
  private static final String END = "<!-- end of metrics -->\n";
  private static final Pattern LINE =
      Pattern.compile(
          "# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{[a-z_]+=\".*\"(,[a-z_]+=\".*\")*\\})? [0-9.E+-]+|"
              + "[a-z_]+\\{.*\\} (NaN|\\d+)");

  private static final WireguardDevice DEVICE =
      new WireguardDevice(
          "wireguard.cali",
          "own=",
          51820,
          List.of(new WireguardDevice.Peer("n2=", "192.0.2.2:51820", 1700, 30, 20)));

  private static final BgpMetrics.Reading BGP =
      new BgpMetrics.Reading(
          true,
          3,
          Map.of(new Subject("BGPPeer", "", "far"), "refused"),
          () -> Map.of(new BgpMetrics.Peers("6", "Active"), 2));

  private final CalcMetrics calc = new CalcMetrics();
  private final DataplaneMetrics dataplane = new DataplaneMetrics();
  private final CniMetrics cni = new CniMetrics();
  private final BgpMetrics bgp = new BgpMetrics();

  private Exposition exposition(boolean ofTheRest) {
    return new Exposition(
        new Exposition.Parts("n1", calc, dataplane, cni, bgp, true, ofTheRest, ofTheRest));
  }

  private void assertHas(String line) {
    String text = exposition(false).text();
    assertTrue(text.lines().anyMatch(line::equals), () -> line + " is not in\n" + text);
  }

  @Test
  void saysWhatWasCounted() {
    calc.state(ResyncState.RESYNC_IN_PROGRESS);
    calc.state(ResyncState.IN_SYNC);
    calc.updated(ResourceKey.of(Kinds.NETWORK_POLICY, "a", "b"));
    calc.updated(ResourceKey.of(Kinds.NODE, "b"));
    calc.emitted(
        7, new GraphSize(1, 2, 3, 4, 5, 6, 7, 8, 9, new GraphSize.Index(10, 11, 12, 13, 14)));
    assertHas("felix_label_index_num_endpoints 10.0");
    assertHas("felix_label_index_num_active_selectors{optimized=\"false\"} 12.0");
    assertHas("felix_label_index_selector_evals{result=\"true\"} 13.0");
    dataplane.written("routes", 0, 2);
    dataplane.table(Family.IPV6, new TableSize(10, 20, 30, 40));
    dataplane.policyTables(Family.IPV4, new PolicyTables(1, 2, 3, 4));
    dataplane.writes().made(true);
    dataplane.writes().made(false);
    assertHas("felix_host{host=\"n1\"} 1.0");
    assertHas("felix_resync_state 3.0");
    assertHas("felix_resyncs_started 1.0");
    assertHas("felix_calc_graph_updates_processed{type=\"PolicyKey\"} 1.0");
    assertHas("felix_calc_graph_updates_processed{type=\"ResourceKey\"} 1.0");
    assertHas("# TYPE felix_calc_graph_output_events counter");
    assertHas("felix_calc_graph_output_events 7.0");
    assertHas("felix_active_local_endpoints 1.0");
    assertHas("felix_cluster_num_tiers 9.0");
    assertHas("felix_dataplane_repairs{kind=\"routes\"} 2.0");
    assertHas("felix_dataplane_entry_failures{kind=\"routes\"} 0.0");
    assertHas("felix_nft_rules{ip_version=\"6\"} 20.0");
    assertHas("felix_nft_policy_tables{ip_version=\"4\"} 1.0");
    assertHas("felix_nft_policy_tables_too_large{ip_version=\"4\"} 2.0");
    assertHas("felix_nft_policies_tried{ip_version=\"4\"} 3.0");
    assertHas("felix_nft_address_classes{ip_version=\"4\"} 4.0");
    assertHas("felix_nft_calls 2.0");
    assertHas("felix_nft_errors 1.0");
  }

  @Test
  void saysWhatBgpIsLike() {
    assertHas("confd_healthy 0.0");
    bgp.readFrom(() -> BGP);
    assertHas("confd_healthy 1.0");
    assertHas("# TYPE confd_reloads counter");
    assertHas("confd_reloads 3.0");
    assertHas(
        "confd_object_problems{kind=\"BGPPeer\",name=\"far\",namespace=\"\",problem=\"refused\"}"
            + " 1.0");
    assertHas("bgp_peers{ip_version=\"6\",status=\"Active\"} 2.0");
  }

  @Test
  void saysWhatWireguardDoes() {
    dataplane.wireguard(() -> List.of(DEVICE));
    assertHas("# TYPE wireguard_bytes_sent counter");
    String peer =
        "{hostname=\"n1\",peer_endpoint=\"192.0.2.2:51820\",peer_key=\"n2=\",public_key=\"own=\"}";
    assertHas("wireguard_bytes_sent" + peer + " 20.0");
    assertHas("wireguard_bytes_rcvd" + peer + " 30.0");
    assertHas("wireguard_latest_handshake_seconds" + peer + " 1700.0");
    assertHas(
        "wireguard_meta{hostname=\"n1\",iface=\"wireguard.cali\",listen_port=\"51820\","
            + "public_key=\"own=\"} 1.0");
  }

  @Test
  void saysHowLongTheStagesOfACallTook() {
    cni.record("ADD", "wire", 3_000_000);
    cni.record("ADD", "wire", 5_000_000_000L);
    cni.failed(11);
    assertHas("# TYPE cni_call_seconds histogram");
    assertHas("cni_call_seconds_bucket{command=\"ADD\",stage=\"wire\",le=\"0.004\"} 1");
    assertHas("cni_call_seconds_count{command=\"ADD\",stage=\"wire\"} 2");
    assertHas("cni_call_failures{code=\"11\"} 1.0");
  }

  @Test
  void aProblemIsThereAsLongAsItLasts() {
    ResourceKey<?> web = ResourceKey.of(Kinds.NETWORK_POLICY, "shop", "we\"b");
    calc.told(web, false);
    dataplane.unprogrammed().replace(Map.of(new Subject("Profile", "", "p"), "refused"));
    assertHas(
        "felix_object_problems{kind=\"NetworkPolicy\",name=\"we\\\"b\",namespace=\"shop\","
            + "problem=\"invalid\"} 1.0");
    assertHas(
        "felix_object_problems{kind=\"Profile\",name=\"p\",namespace=\"\",problem=\"refused\"} 1.0");
    calc.told(web, true);
    dataplane.unprogrammed().replace(Map.of());
    assertFalse(exposition(false).text().contains("felix_object_problems{"));
  }

  @Test
  void noMoreProblemsAreToldThanAnybodyReads() {
    for (int i = 0; i < ObjectProblems.TOLD + 100; i++) {
      calc.told(ResourceKey.of(Kinds.GLOBAL_NETWORK_POLICY, "p" + i), false);
    }
    assertEquals(
        ObjectProblems.TOLD,
        exposition(false).text().lines().filter(l -> l.startsWith("felix_object_prob")).count());
  }

  @Test
  void timesAreInTheirBuckets() {
    calc.toKernel().record(0.0005);
    calc.toKernel().record(0.003);
    calc.toKernel().record(100);
    assertHas("felix_datastore_to_kernel_seconds_bucket{le=\"5.0E-4\"} 1");
    assertHas("felix_datastore_to_kernel_seconds_bucket{le=\"0.002\"} 1");
    assertHas("felix_datastore_to_kernel_seconds_bucket{le=\"0.004\"} 2");
    assertHas("felix_datastore_to_kernel_seconds_bucket{le=\"8.192\"} 2");
    assertHas("felix_datastore_to_kernel_seconds_bucket{le=\"+Inf\"} 3");
    assertHas("felix_datastore_to_kernel_seconds_count 3");
  }

  @Test
  void quantilesAreOfTheLatest() {
    assertHas("felix_calc_graph_update_time_seconds{quantile=\"0.5\"} NaN");
    for (int i = 0; i < 100_000; i++) {
      calc.updateTime().record(1000);
    }
    for (int i = 0; i < 512; i++) {
      calc.updateTime().record(i);
    }
    assertHas("felix_calc_graph_update_time_seconds{quantile=\"0.5\"} 256.0");
    assertHas("felix_calc_graph_update_time_seconds{quantile=\"0.99\"} 506.0");
    assertHas("felix_calc_graph_update_time_seconds_count 100512");
  }

  @Test
  void everyLineIsOfTheFormat() {
    calc.toKernel().record(0.1);
    dataplane.written("routes", 1, 1);
    exposition(true).text().lines().forEach(line -> assertTrue(LINE.matcher(line).matches(), line));
  }

  @Test
  void theRestIsOfProcessAndRuntime() {
    String all = exposition(true).text();
    for (String name :
        List.of(
            "process_cpu_seconds_total ",
            "process_resident_memory_bytes ",
            "process_open_fds ",
            "jvm_memory_used_bytes{",
            "jvm_gc_collection_seconds_count{",
            "jvm_threads_current ")) {
      assertTrue(all.lines().anyMatch(l -> l.startsWith(name)), name);
    }
    String own = exposition(false).text();
    assertFalse(own.contains("process_") || own.contains("jvm_"), own);
  }

  @Test
  void whatIsServedIsDescribed() {
    cni.record("ADD", "all", 1);
    cni.failed(7);
    calc.told(ResourceKey.of(Kinds.TIER, "t"), false);
    calc.updated(ResourceKey.of(Kinds.TIER, "t"));
    dataplane.written("routes", 1, 1);
    dataplane.messages().increment("RouteUpdate");
    dataplane.table(Family.IPV4, new TableSize(0, 0, 0, 0));
    dataplane.policyTables(Family.IPV4, new PolicyTables(0, 0, 0, 0));
    dataplane.wireguard(() -> List.of(DEVICE));
    bgp.readFrom(() -> BGP);
    Exposition exposition = exposition(false);
    Set<String> served =
        exposition
            .text()
            .lines()
            .filter(l -> l.startsWith("# TYPE "))
            .map(l -> l.substring("# TYPE ".length()))
            .collect(Collectors.toSet());
    assertEquals(
        exposition.descriptions().stream()
            .map(d -> d.name() + " " + d.type())
            .collect(Collectors.toSet()),
        served);
  }

  @Test
  void thePageForUsersHasThemAll() throws IOException {
    StringBuilder table =
        new StringBuilder("| metric | type | labels | meaning |\n|---|---|---|---|\n");
    for (MetricsText.Description d : exposition(false).descriptions()) {
      String labels = d.labels().stream().map(l -> "`" + l + "`").collect(Collectors.joining(", "));
      table.append("| `%s` | %s | %s | %s |\n".formatted(d.name(), d.type(), labels, d.help()));
    }
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(PAGE, page.substring(0, begin) + table + page.substring(end));
    } else {
      assertEquals(table.toString(), page.substring(begin, end), "run with -Dgolden.write=true");
    }
  }
}
