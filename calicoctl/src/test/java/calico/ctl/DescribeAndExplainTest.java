package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import calico.model.json.Yaml;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Verbs that tell people about kinds and about resources. */
class DescribeAndExplainTest {
  private final MemoryDatastore datastore = new MemoryDatastore();

  @BeforeEach
  void fill() {
    StringBuilder objects = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      objects.append(
          """
          ---
          apiVersion: projectcalico.org/v3
          kind: WorkloadEndpoint
          metadata:
            name: n1-k8s-pod%1$02d-eth0
            namespace: shop
            labels: {app: web, projectcalico.org/namespace: shop}
          spec:
            {orchestrator: k8s, node: n1, pod: pod%1$02d, endpoint: eth0, interfaceName: cali%1$02d,
             ipNetworks: [10.1.0.%1$d/32], profiles: [kns.shop]}
          """
              .formatted(i));
    }
    objects.append(
        """
        ---
        {apiVersion: projectcalico.org/v3, kind: Node, metadata: {name: n1}, spec: {}}
        ---
        apiVersion: projectcalico.org/v3
        kind: Profile
        metadata: {name: kns.shop}
        spec: {labelsToApply: {pcns.team: red}}
        ---
        apiVersion: projectcalico.org/v3
        kind: GlobalNetworkPolicy
        metadata: {name: red}
        spec: {order: 20, namespaceSelector: "team == 'red'", selector: all()}
        ---
        apiVersion: projectcalico.org/v3
        kind: GlobalNetworkPolicy
        metadata: {name: blue}
        spec: {order: 5, namespaceSelector: "team == 'blue'", selector: all()}
        ---
        apiVersion: projectcalico.org/v3
        kind: NetworkPolicy
        metadata: {name: web, namespace: shop}
        spec: {order: 10, selector: "app == 'web'"}
        ---
        apiVersion: projectcalico.org/v3
        kind: NetworkPolicy
        metadata: {name: web, namespace: default}
        spec: {order: 10, selector: "app == 'web'"}
        ---
        {apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: p},
         spec: {cidr: 10.1.0.0/16}}
        """);
    Console c = Console.runWithInput(datastore, objects.toString(), "apply", "-f", "-");
    assertEquals(0, c.status(), c.err());
  }

  @AfterEach
  void close() {
    datastore.close();
  }

  @Test
  void policySaysWhatItSelects() {
    String text = out("describe", "np", "web", "-n", "shop");
    assertTrue(text.startsWith("Name:        web\nNamespace:   shop\n"), text);
    assertTrue(text.contains("Spec:\n  order: 10\n  selector: app == 'web'\n"), text);
    assertTrue(text.contains("Tier:\n  default (order "), text);
    assertTrue(text.contains("Selects workload endpoints (12):\n  shop/n1-k8s-pod00-eth0\n"), text);
    assertTrue(text.contains("  and 2 more\nSelects host endpoints (0)\n"), text);
    assertTrue(
        out("describe", "gnp", "blue").contains("Selects workload endpoints (0)\n"),
        "a namespace of another label");
    assertTrue(out("describe", "gnp", "red").contains("Selects workload endpoints (12)"));
  }

  @Test
  void endpointSaysWhichPoliciesApply() {
    String text = out("describe", "wep", "n1-k8s-pod03-eth0", "-n", "shop");
    assertTrue(
        text.contains(
            """
            Policies in order (2):
              NetworkPolicy(shop/web) (tier default, order 10)
              GlobalNetworkPolicy(red) (tier default, order 20)
            """),
        text);
  }

  @Test
  void othersSayWhatBelongsToThem() {
    assertTrue(out("describe", "node", "n1").contains("Workload endpoints (12):"));
    assertTrue(out("describe", "profile", "kns.shop").contains("Workload endpoints (12):"));
    assertTrue(out("describe", "ippool", "p").contains("Use:\n  0 addresses in use, in 0 blocks"));
    assertTrue(out("describe", "tier", "default").contains("Policies (2):\n  blue\n  red\n"));
    assertEquals(2, out("describe", "np", "-A").lines().filter(l -> l.startsWith("Name:")).count());
    assertEquals(1, Console.run(datastore, "describe", "node", "nosuch").status());
  }

  @Test
  void explainsFields() {
    String pool = out("explain", "ippool.spec");
    assertTrue(pool.contains("FIELD:      spec <object>\n"), pool);
    assertTrue(pool.contains("\n  cidr <IP prefix"), pool);
    String action = out("explain", "gnp.spec.ingress.action");
    assertTrue(action.contains("Allow"), action);
    String felix = out("explain", "felixconfig.spec");
    assertTrue(felix.contains("\n  bpfEnabled <"), felix);
    Console wrong = Console.run(datastore, "explain", "ippool.spec.colour");
    assertTrue(wrong.err().contains("spec has no field 'colour': choose from "), wrong.err());
  }

  @Test
  void explainsEveryKindWhole() {
    for (Kind<?> kind : Kinds.all()) {
      String text = out("explain", kind.plural(), "--recursive");
      assertTrue(text.contains("\n  metadata <object> required\n    name <name> required\n"), text);
      assertTrue(text.contains("\n  spec <object>"), text);
    }
  }

  @Test
  void printsDefinitionsOfBothGroups() {
    for (String group : List.of("projectcalico.org/v3", "crd.projectcalico.org/v1")) {
      String text = out("crds", "--group", group);
      assertTrue(Yaml.parse(text).size() >= Kinds.all().size() - 2, group);
      assertTrue(text.contains("ippools." + group.split("/")[0] + "\n"), group);
    }
    assertEquals(1, Console.run(datastore, "crds", "--group=apps/v1").status());
  }

  private String out(String... args) {
    Console c = Console.run(datastore, args);
    assertEquals("", c.err());
    assertEquals(0, c.status());
    return c.out();
  }
}
