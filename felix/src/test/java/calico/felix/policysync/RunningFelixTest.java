package calico.felix.policysync;

import static org.junit.jupiter.api.Assertions.assertFalse;

import calico.felix.dataplane.Agent;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That a Felix which is told where serves its workloads. */
class RunningFelixTest {
  private static final String POLICY =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkPolicy
      metadata: {name: web}
      spec:
        selector: number == 'n1'
        ingress: [{action: Allow, source: {selector: number == '%s'}}]
      """;

  @TempDir Path root;

  @Test
  void servesAClientWhatConcernsItsWorkload() throws Exception {
    Path prefix = root.resolve("var/run/nodeagent");
    try (Agent agent = new Agent(root);
        Pod pod = new Pod(prefix, "uid1", "pod1")) {
      agent.environment.put("FELIX_POLICYSYNCPATHPREFIX", "/var/run/nodeagent");
      agent.put(Agent.workload(1, "").replace("namespace: shop", "namespace: ns"));
      agent.put(POLICY.formatted("n2"));
      agent.startWithoutWaiting();
      Pod.Sync sync = pod.sync();
      sync.await(view -> view.inSync && view.endpoint != null);
      sync.await(view -> view.sets.containsValue(Set.of("10.65.0.2/32", "fd00:65::2/128")));
      agent.put(POLICY.formatted("n3"));
      sync.await(view -> view.sets.containsValue(Set.of()) && view.policies.size() == 1);
      agent.configure("{logPrefix: other}");
      agent.put(POLICY.formatted("n2"));
      sync.await(view -> view.sets.containsValue(Set.of("10.65.0.2/32", "fd00:65::2/128")));
      assertFalse(sync.completed());
    }
  }
}
