package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.datastore.MemoryDatastore;
import calico.felix.EndpointSearch.Outline;
import calico.felix.EndpointSearch.Place;
import calico.felix.calc.Decision;
import calico.felix.calc.Flow;
import calico.felix.calc.Snapshot;
import calico.felix.calc.Trace;
import calico.model.Ip;
import calico.model.config.FelixConfig;
import calico.model.config.Source;
import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is decided from the endpoints found is what is decided from all. */
class EndpointSearchTest {
  private static final String POLICY =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkPolicy
      metadata: {name: both}
      spec:
        types: [Ingress, Egress]
        ingress: [{action: Allow, source: {selector: app == 'a'}}, {action: Deny}]
        egress: [{action: Allow, destination: {selector: has(app)}}, {action: Deny}]
      ---
      apiVersion: projectcalico.org/v3
      kind: Node
      metadata: {name: n1}
      spec: {bgp: {ipv4Address: 192.0.2.1/24}}
      ---
      apiVersion: projectcalico.org/v3
      kind: IPPool
      metadata: {name: pool}
      spec: {cidr: 10.0.0.0/24, natOutgoing: true}
      ---
      apiVersion: projectcalico.org/v3
      kind: FelixConfiguration
      metadata: {name: default}
      spec: {floatingIPs: Enabled}
      """;

  private static final ResourceKey<WorkloadEndpointSpec> KEY =
      ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "shop", "n1-k8s-web--1-eth0");

  private static final String NAT = "ipNATs: [{externalIP: 203.0.113.2, internalIP: 10.0.0.7}]";

  /** As the FelixConfiguration has it. */
  private static final FelixConfig FLOATING =
      FelixConfig.resolve(
          List.of(new Source("default", true, Map.of("floatingIPs", (Object) "Enabled"))));

  private static final List<String> PEERS =
      List.of(
          "shop/web-1",
          "web-1",
          "web",
          "other/web",
          "lower",
          "moving",
          "aside",
          "n1",
          "node/n1",
          "10.0.0.1",
          "10.0.0.2",
          "10.0.0.3",
          "10.0.0.4",
          "10.0.0.5",
          "192.0.2.1",
          "203.0.113.1",
          "203.0.113.2",
          "fd00::1",
          "fd00::2",
          "nobody");

  private final MemoryDatastore datastore = new MemoryDatastore();
  private final Snapshot all = new Snapshot(_ -> true);

  @BeforeEach
  void fill() {
    apply(POLICY);
    endpoint("n1", "shop", "web-1", "cali1", "labels: {app: a}", "10.0.0.1/32", "fd00::1/128");
    endpoint("n1", "shop", "web", "cali2", "labels: {app: a}", "10.0.0.2/32", "FD00:0::2/128");
    endpoint("n2", "other", "web", "cali3", "labels: {app: b}", "10.0.0.3");
    // The same interface: the lower of the two has it, and the other one is denied everything.
    endpoint("n2", "shop", "higher", "cali4", "labels: {app: a}", "10.0.0.4/32");
    endpoint("n2", "shop", "lower", "cali4", "labels: {app: a}", "10.0.0.5/32");
    // The address of another: its labels count as well.
    endpoint("n3", "shop", "moving", "cali5", "labels: {app: a}", "10.0.0.3/32");
    apply(
        endpoint("n2", "shop", "floats", "cali6", "labels: {app: b}", List.of("10.0.0.7/32"))
            .replace("ipNetworks:", NAT + ", ipNetworks:"));
    // A label that is called as the field is: "aside" is the lower of two on cali2.
    endpoint("n1", "shop", "aside", "cali2", "labels: {interfaceName: z}", "10.0.0.6/32");
  }

  @AfterEach
  void close() {
    datastore.close();
  }

  private void endpoint(
      String node, String namespace, String pod, String name, String metadata, String... nets) {
    apply(endpoint(node, namespace, pod, name, metadata, List.of(nets)));
  }

  private static String endpoint(
      String node, String namespace, String pod, String name, String metadata, List<String> nets) {
    return """
        apiVersion: projectcalico.org/v3
        kind: WorkloadEndpoint
        metadata: {name: %s-k8s-%s-eth0, namespace: %s, %s}
        spec:
          {node: %s, orchestrator: k8s, pod: %s, endpoint: eth0, interfaceName: %s, ipNetworks: %s}
        """
        .formatted(
            node,
            pod.replace("-", "--"),
            namespace,
            metadata,
            node,
            pod,
            name,
            nets.stream().map(net -> '"' + net + '"').toList());
  }

  private void apply(String yaml) {
    for (YamlDocument document : Yaml.parse(yaml)) {
      put(ResourceCodec.decode(document.tree()));
    }
  }

  private <S> void put(Resource<S> resource) {
    ResourceKey<S> key = ResourceKey.of(resource);
    datastore.create(key, resource);
    all.put(key, resource);
  }

  @Test
  void decidesAsFromAll() {
    int decided = 0;
    for (String from : PEERS) {
      for (String to : PEERS) {
        Flow flow = Flow.of(Flow.Peer.parse(from), Flow.Peer.parse(to), 6, 80);
        Decision expected;
        try {
          expected = Trace.explain(all, flow, _ -> FLOATING);
        } catch (IllegalArgumentException e) {
          var refused =
              assertThrows(
                  IllegalArgumentException.class, () -> PolicyTrace.of(datastore, flow), from + to);
          assertEquals(e.getMessage(), refused.getMessage());
          continue;
        }
        assertEquals(expected, PolicyTrace.of(datastore, flow), from + " to " + to);
        decided++;
      }
    }
    // 16 ends have an IPv4 address and 4 an IPv6 address, of which 2 have both; "web" is two.
    assertEquals(16 * 16 + 4 * 4 - 2 * 2, decided);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'spec':{'interfaceName':'cali\\u0031','ipNetworks':['10.0.0.1/32']}}",
        "{'spec':{'interfaceName':'cali1','ipNetworks':['10.0.0.1\\/32']}}",
        "{'spec':{'interfaceName': 'cali1','ipNetworks':['10.0.0.1/32']}}",
        "{'spec':{'interfaceName':'cali1','ipNetworks':[ '10.0.0.1/32' ]}}",
        "{'spec':{'interfaceName':'cali1','ipNetworks':['10.0.0.1/32', '10.0.0.2/32']}}",
        "{'spec':{'interfaceName':'cali1','ipNetworks':[]}}",
        "{'spec':{'interfaceName':'cali1'}}",
        "{'spec':{'interfaceName':'y','ipNATs':[],'ipNetworks':['10.0.0.1/32']}}",
        "{'labels':{'interfaceName':'x'},'spec':{'interfaceName':'y','ipNetworks':['10.0.0.1']}}",
      })
  void aTextThatIsNotPlainIsDecoded(String text) {
    assertNull(Outline.of(KEY, text.replace('\'', '"')));
  }

  @Test
  void aPlainTextIsNot() {
    String text = "{'spec':{'interfaceName':'cali1','ipNetworks':['10.0.0.1/32','fd00::1']}}";
    assertEquals(
        new Outline(
            KEY,
            "web-1",
            List.of(Ip.parse("10.0.0.1"), Ip.parse("fd00::1")),
            new Place("n1", "cali1")),
        Outline.of(KEY, text.replace('\'', '"')));
  }
}
