package calico.model.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.json.Json;
import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourceCodecTest {
  /** What was applied with upstream's calicoctl, and what it stored. */
  private static String text(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(ResourceCodecTest.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String id(Map<?, ?> tree) {
    Map<?, ?> metadata = (Map<?, ?>) Objects.requireNonNull(tree.get("metadata"));
    return tree.get("kind") + "/" + metadata.get("name");
  }

  @Test
  void storesWhatUpstreamStores() throws IOException {
    Map<String, String> stored = new HashMap<>();
    for (String line : text("stored.jsonl").lines().toList()) {
      stored.put(id((Map<?, ?>) Objects.requireNonNull(Json.parse(line))), line);
    }
    List<YamlDocument> written = Yaml.parse(text("written.yaml"));
    assertEquals(stored.size(), written.size());
    for (YamlDocument document : written) {
      Resource<?> resource = Defaults.apply(ResourceCodec.decode(document.tree()));
      Map<String, Object> tree = ResourceCodec.encode(resource);
      String expected = Objects.requireNonNull(stored.get(id(tree)), id(tree));
      if (resource.kind().equals(Kinds.FELIX_CONFIGURATION)) {
        assertEquals(Json.parse(expected), Json.parse(Json.print(tree))); // in no order
      } else {
        assertEquals(expected, Json.print(tree));
      }
    }
  }

  @Test
  void whatIsStoredReadsBackTheSameAndIsValid() throws IOException {
    for (String line : text("stored.jsonl").lines().toList()) {
      Resource<?> resource = ResourceCodec.decode(Json.parse(line));
      assertEquals(line, Json.print(ResourceCodec.encode(resource)));
      assertEquals(resource, Defaults.apply(resource));
      assertEquals(List.of(), Validator.errors(resource), line);
    }
  }

  @Test
  void aRecordsTreeHasWhatItsEncodingHas() throws IOException {
    int looked = 0;
    for (String line : text("stored.jsonl").lines().toList()) {
      if (ResourceCodec.decode(Json.parse(line)).spec() instanceof Record spec) {
        looked += same(ResourceCodec.encodeRecord(spec), new RecordTree(spec));
      }
    }
    assertTrue(looked > 100, () -> "too few fields");
  }

  /** Asks for each field by name; returns how many there are. */
  private static int same(Map<?, ?> encoded, Map<?, ?> asked) {
    int looked = encoded.size();
    for (Map.Entry<?, ?> field : encoded.entrySet()) {
      Object value = asked.get(field.getKey());
      assertTrue(asked.containsKey(field.getKey()));
      if (value instanceof RecordTree below) {
        looked += same((Map<?, ?>) Objects.requireNonNull(field.getValue()), below);
      }
      assertEquals(field.getValue(), value);
    }
    assertFalse(asked.containsKey("no such field"));
    return looked;
  }

  @Test
  void printsAsUpstreamsCalicoctlDoes() throws IOException {
    String line =
        text("stored.jsonl").lines().filter(l -> l.contains("block-bad")).findFirst().orElseThrow();
    assertEquals(
        """
        apiVersion: projectcalico.org/v3
        kind: GlobalNetworkPolicy
        metadata:
          labels:
            projectcalico.org/tier: security
          name: security.block-bad
        spec:
          egress:
          - action: Log
            destination:
              nets:
              - 203.0.113.0/24
          - action: Deny
            destination:
              nets:
              - 203.0.113.0/24
          - action: Pass
          ingress:
          - action: Deny
            source:
              selector: threat == 'bad'
          - action: Pass
          order: 10
          selector: all()
          tier: security
          types:
          - Ingress
          - Egress
        """,
        Yaml.print(ResourceCodec.encode(ResourceCodec.decode(Json.parse(line)))));
  }

  /** Puts a field that nobody knows into every object below a tree. */
  private static Object withUnknown(Object tree) {
    if (tree instanceof List<?> list) {
      List<Object> out = new ArrayList<>();
      list.forEach(each -> out.add(withUnknown(each)));
      return out;
    }
    if (tree instanceof Map<?, ?> map) {
      Map<String, Object> out = new LinkedHashMap<>();
      map.forEach(
          (k, v) -> {
            boolean strings = k.equals("labels") || k.equals("annotations");
            boolean kept = strings || k.equals("labelsToApply");
            out.put(String.valueOf(k), kept ? v : withUnknown(v));
          });
      out.put("zzz", Map.of("deep", List.of(1L, "x")));
      return out;
    }
    return tree;
  }

  @Test
  void unknownFieldsSurviveAtEveryDepth() throws IOException {
    for (String line : text("stored.jsonl").lines().toList()) {
      String extended = Json.print(withUnknown(Objects.requireNonNull(Json.parse(line))));
      Resource<?> resource = ResourceCodec.decode(Json.parse(extended));
      assertEquals(Json.parse(extended), Json.parse(Json.print(ResourceCodec.encode(resource))));
    }
  }

  /** What upstream makes of unquoted values. */
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          true, true
          yes, true
          Off, false
          1, 1
          -0, 0
          0x10, 16
          010, 8
          08, 8
          1_000, 1000
          1.10, 1.1
          1e3, 1000
          1e6, 1e+06
          1234567.0, 1.234567e+06
          16777217.0, 1.6777216e+07
          1e40, +Inf
          18446744073709551615, 18446744073709551615
          18446744073709551616, 1.8446744e+19
          '"1.10"', 1.10
          y, y
          1:30, 1:30
          2001-01-01, 2001-01-01
          ~, ''
          """)
  void scalarsAreStringsWhereStringsMustStand(String given, String stored) {
    String text =
        """
        kind: Profile
        apiVersion: projectcalico.org/v3
        metadata: {name: 7, labels: {a: %s}, annotations: {a: %s}}
        spec: {labelsToApply: {a: %s}}
        """
            .formatted(given, given, given.equals("~") ? "''" : given);
    Resource<?> resource = ResourceCodec.decode(Yaml.parse(text).getFirst().tree());
    assertEquals("7", resource.metadata().name());
    assertEquals(Map.of("a", stored), resource.metadata().labels());
    assertEquals(Map.of("a", stored), resource.metadata().annotations());
    assertEquals(Map.of("a", stored), ((ProfileSpec) resource.spec()).labelsToApply());
  }

  @Test
  void errorsNameTheField() {
    Map<String, String> cases =
        Map.of(
            "{}",
            "apiVersion",
            "{'apiVersion':'v1','kind':'Pod'}",
            "apiVersion",
            "{'apiVersion':'projectcalico.org/v3','kind':'Pod'}",
            "kind",
            "{'apiVersion':'projectcalico.org/v3','kind':'IPPool','metadata':{'name':'x'}}",
            "spec.cidr",
            "{'apiVersion':'projectcalico.org/v3','kind':'Tier','spec':{'order':'x'}}",
            "spec.order",
            "{'apiVersion':'projectcalico.org/v3','kind':'Tier','metadata':{'labels':{'a':[1]}}}",
            "metadata.labels.a",
            "{'apiVersion':'projectcalico.org/v3','kind':'Profile','spec':{'ingress':[{'action':"
                + "'Allow','source':{'ports':[1,'9:2']}}]}}",
            "spec.ingress[0].source.ports[1]");
    cases.forEach(
        (json, field) -> {
          Object tree = Json.parse(json.replace('\'', '"'));
          DecodeException e =
              assertThrows(DecodeException.class, () -> ResourceCodec.decode(tree), json);
          assertEquals(field, e.fieldPath(), e.getMessage());
        });
  }

  @Test
  void internalKindsReadBackTheSame() {
    Map<Kind<?>, String> specs =
        Map.of(
            Kinds.IPAM_BLOCK,
            """
            {"cidr":"10.0.0.0/31","affinity":"host:n1","affinityClaimTime":"2026-01-01T00:00:00Z",\
            "allocations":[0,null],"unallocated":[1],"attributes":[{"handle_id":"h1",\
            "secondary":{"node":"n1"}}],"sequenceNumber":9007199254740993,\
            "sequenceNumberForAllocation":{"0":9007199254740992},"strictAffinity":false}""",
            Kinds.IPAM_HANDLE,
            "{\"handleID\":\"h1\",\"block\":{\"10.0.0.0/31\":1},\"deleted\":false}",
            Kinds.BLOCK_AFFINITY,
            "{\"state\":\"\",\"node\":\"n1\",\"type\":\"host\",\"cidr\":\"10.0.0.0/31\",\"deleted\":false}",
            Kinds.LIVE_MIGRATION,
            "{\"source\":{\"workload\":{\"hostname\":\"n1\"}},\"target\":{\"selector\":\"all()\"}}");
    assertEquals(Kinds.internal().size(), specs.size());
    specs.forEach(
        (kind, spec) -> {
          Object tree =
              Map.of(
                  "kind",
                  kind.name(),
                  "metadata",
                  kind.namespaced() ? Map.of("name", "a", "namespace", "b") : Map.of("name", "a"),
                  "spec",
                  Objects.requireNonNull(Json.parse(spec)));
          Resource<?> resource = ResourceCodec.decode(kind, tree);
          assertEquals(List.of(), Validator.validate(resource));
          assertEquals(spec, Json.print(ResourceCodec.encode(resource).get("spec")));
          assertEquals(resource, Defaults.apply(resource));
          assertEquals(null, Kinds.find(kind.plural()));
        });
  }

  @Test
  void whatTheRequestLeavesOutIsFilledAtAnyDepth() {
    Map<Kind<?>, Map<String, String>> cases =
        Map.of(
            Kinds.KUBE_CONTROLLERS_CONFIGURATION,
            Map.of(
                "{\"controllers\":{\"node\":{},\"loadBalancer\":{},\"migration\":{}}}",
                """
                {"healthChecks":"Enabled","prometheusMetricsPort":9094,"controllers":{"node":\
                {"leakGracePeriod":"15m0s"},"loadBalancer":{"assignIPs":"AllServices"},"migration":\
                {"policyNameMigrator":"Enabled"}}}"""),
            Kinds.IPAM_CONFIGURATION,
            Map.of("{}", "{\"strictAffinity\":false,\"autoAllocateBlocks\":true}"),
            Kinds.FELIX_CONFIGURATION,
            Map.of(
                """
                {"bpfConnectTimeLoadBalancingEnabled":true,"bpfConnectTimeLoadBalancing":"TCP",\
                "dataplaneWatchdogTimeout":"91s","healthTimeoutOverrides":[{"name":"x",\
                "timeout":"90s"}]}""",
                """
                {"bpfConnectTimeLoadBalancingEnabled":true,\
                "bpfConnectTimeLoadBalancing":"Enabled","dataplaneWatchdogTimeout":"1m31s",\
                "healthTimeoutOverrides":[{"name":"x","timeout":"1m30s"}],"nftablesMode":"Auto",\
                "nftablesFlowTableOffload":"Disabled","bpfLogLevel":"",\
                "bpfHostNetworkedNATWithoutCTLB":"Disabled","floatingIPs":"Disabled"}""",
                "{\"bpfConnectTimeLoadBalancingEnabled\":false}",
                """
                {"bpfConnectTimeLoadBalancingEnabled":false,"nftablesMode":"Auto",\
                "nftablesFlowTableOffload":"Disabled","bpfLogLevel":"",\
                "bpfConnectTimeLoadBalancing":"Disabled",\
                "bpfHostNetworkedNATWithoutCTLB":"Disabled","floatingIPs":"Disabled"}"""),
            Kinds.TIER,
            Map.of(
                "{}",
                "{\"order\":1000000,\"defaultAction\":\"Deny\"}",
                "{\"order\":0,\"defaultAction\":\"Pass\"}",
                "{\"order\":0,\"defaultAction\":\"Pass\"}"),
            Kinds.STAGED_GLOBAL_NETWORK_POLICY,
            Map.of(
                "{\"stagedAction\":\"Delete\"}",
                "{\"stagedAction\":\"Delete\",\"tier\":\"default\"}",
                "{\"order\":1}",
                "{\"stagedAction\":\"Set\",\"tier\":\"default\",\"order\":1,\"types\":[\"Ingress\"]}"));
    cases.forEach(
        (kind, specs) ->
            specs.forEach(
                (given, stored) -> {
                  Object tree = Map.of("spec", Objects.requireNonNull(Json.parse(given)));
                  Resource<?> filled = Defaults.apply(ResourceCodec.decode(kind, tree));
                  assertEquals(stored, Json.print(ResourceCodec.encode(filled).get("spec")));
                }));
  }

  @Test
  void kindsAreFoundByAnyName() {
    for (String name : List.of("GNP", "globalNetworkPolicy", "globalnetworkpolicies")) {
      assertEquals(Kinds.GLOBAL_NETWORK_POLICY, Kinds.find(name));
    }
    assertEquals(null, Kinds.find("nosuchkind"));
  }

  @Test
  void statusIsAsUpstreamWritesIt() {
    FelixStatus status = new FelixStatus("2026-01-01T00:00:00Z", 1.5, true);
    String json = "{\"time\":\"2026-01-01T00:00:00Z\",\"uptime\":1.5,\"first_update\":true}";
    assertEquals(json, StatusCodec.print(status));
    assertEquals(status, StatusCodec.parseFelixStatus(json));
    assertEquals("{\"status\":\"up\"}", StatusCodec.print(new EndpointStatus("up")));
    EndpointStatus down = new EndpointStatus("down", "its interface is down");
    assertEquals(
        "{\"status\":\"down\",\"reason\":\"its interface is down\"}", StatusCodec.print(down));
    assertEquals(down, StatusCodec.parseEndpointStatus(StatusCodec.print(down)));
  }
}
