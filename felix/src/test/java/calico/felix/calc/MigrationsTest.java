package calico.felix.calc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.state.LocalEndpoint.Migration;
import calico.felix.state.StateKey;
import calico.model.json.Yaml;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.LiveMigrationSpec;
import calico.model.resource.ResourceCodec;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which workloads LiveMigrations mean. */
class MigrationsTest {
  private static final StateKey.Endpoint K8S = new StateKey.Endpoint("k8s", "ns/vm", "eth0");
  private static final StateKey.Endpoint STACK =
      new StateKey.Endpoint("openstack", "ns/vm", "tap1");

  private final CheckedGraph graph =
      CheckedGraph.of(
          "n1",
          """
          apiVersion: projectcalico.org/v3
          kind: WorkloadEndpoint
          metadata: {name: n1-k8s-vm-eth0, namespace: ns, labels: {job: j1}}
          spec: {node: n1, orchestrator: k8s, pod: vm, endpoint: eth0, interfaceName: cali1, ipNetworks: [10.0.0.1/32]}
          ---
          apiVersion: projectcalico.org/v3
          kind: WorkloadEndpoint
          metadata: {name: n1-openstack-vm-tap1, namespace: ns}
          spec: {node: n1, orchestrator: openstack, workload: vm, endpoint: tap1, interfaceName: tap1, ipNetworks: [10.0.0.2/32]}
          """);

  /** As an orchestrator writes it. */
  private void migration(String name, String spec) {
    Object tree =
        Yaml.parse("{metadata: {name: m, namespace: ns}, spec: " + spec + "}").getFirst().tree();
    graph.update(key(name), ResourceCodec.decode(Kinds.LIVE_MIGRATION, tree));
    graph.flush();
  }

  private static ResourceKey<LiveMigrationSpec> key(String name) {
    return ResourceKey.of(Kinds.LIVE_MIGRATION, "ns", name);
  }

  private void assertMigrations(Migration k8s, Migration stack) {
    assertEquals(
        List.of(k8s, stack), List.of(graph.value(K8S).migration(), graph.value(STACK).migration()));
  }

  @Test
  void aNameOutsideOfKubernetesIsOfItsNodeAlone() {
    String here = "{hostname: n1, orchestratorID: openstack, workloadID: ns/vm, endpointID: tap1}";
    String elsewhere = here.replace("n1", "n2");
    migration(
        "m",
        "{source: {workloadEndpoint: %s}, target: {workloadEndpoint: %s}}"
            .formatted(elsewhere, here));
    assertMigrations(Migration.NONE, Migration.TARGET);
    migration(
        "m",
        "{source: {workloadEndpoint: %s}, target: {workloadEndpoint: %s}}"
            .formatted(here, elsewhere));
    assertMigrations(Migration.NONE, Migration.SOURCE);
    migration("m", "{target: {workloadEndpoint: %s}}".formatted(elsewhere));
    assertMigrations(Migration.NONE, Migration.NONE);
  }

  @Test
  void inKubernetesTheNodeNeedNotBeKnownAndLabelsTellTheTarget() {
    migration("away", "{source: {workload: {orchestratorID: k8s, workloadID: ns/vm}}}");
    assertMigrations(Migration.SOURCE, Migration.NONE);
    migration("back", "{target: {selector: job == 'j1'}}");
    assertMigrations(Migration.TARGET, Migration.NONE);
    graph.update(key("back"), null);
    graph.flush();
    assertMigrations(Migration.SOURCE, Migration.NONE);
    graph.update(key("away"), null);
    graph.flush();
    assertMigrations(Migration.NONE, Migration.NONE);
  }
}
