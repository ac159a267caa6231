package calico.felix.policysync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.calc.CheckedGraph;
import calico.felix.calc.RandomCluster;
import calico.felix.state.AddressSet;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Whatever changes, and however slowly a client reads: in the end it has what the naive answer says
 * of its workload, and at no time did anything refer to what it had not. Replay one sequence with
 * {@code -Dseed=SEED}.
 */
class SubscriptionPropertyTest {
  private static final int SEQUENCES = 400;

  @Test
  void clientsHaveWhatTheNaiveAnswerSays() {
    Long replay = Long.getLong("seed");
    if (replay != null) {
      new Sequence(replay).run();
      return;
    }
    long first = System.nanoTime();
    int compared = 0;
    for (long seed = first; seed < first + SEQUENCES; seed++) {
      try {
        compared += new Sequence(seed).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("replay with -Dseed=" + seed + ": " + e.getMessage(), e);
      }
    }
    assertTrue(compared > SEQUENCES / 2, "clients with an endpoint: " + compared);
  }

  private static final class Sequence {
    private final Random random;
    private final RandomCluster cluster;
    private final CheckedGraph graph =
        new CheckedGraph(
            RandomCluster.NODE,
            r -> !r.metadata().annotations().containsKey(RandomCluster.INVALID));
    private final NodeState state = new NodeState();
    private final Identities identities = new Identities();
    private Map<String, Map<String, String>> profiles = Map.of();
    private final Map<Endpoint, Session> sessions = new HashMap<>();

    private record Session(SlowClient client, Subscription subscription) {}

    Sequence(long seed) {
      random = new Random(seed);
      cluster = new RandomCluster(random);
    }

    int run() {
      int inSyncAt = random.nextInt(30);
      for (int step = 0; step < 80; step++) {
        if (step == inSyncAt) {
          graph.inSync();
        }
        cluster.step(graph);
        if (random.nextInt(3) == 0) {
          flush();
        }
        join();
      }
      flush();
      return compare();
    }

    private void flush() {
      Map<String, Map<String, String>> now = graph.profiles();
      Set<String> names = new HashSet<>(now.keySet());
      names.addAll(profiles.keySet());
      for (String name : names) {
        Identity identity = Identity.ofProfile(name);
        if (identity != null) {
          boolean known = identities.put(identity, now.get(name));
          sessions.values().forEach(s -> s.subscription.onChange(identity, known));
        }
      }
      profiles = now;
      for (StateChange change : graph.flush()) {
        state.accept(change);
        sessions.values().forEach(s -> s.subscription.onChange(change));
      }
      for (Session session : sessions.values()) {
        session.client.room = random.nextInt(4);
        session.subscription.send();
      }
    }

    private void join() {
      for (String namespace : RandomCluster.NAMESPACES) {
        for (String name : RandomCluster.NAMES) {
          Endpoint id = new Endpoint("k8s", namespace + "/" + name, "eth0");
          Session session = sessions.get(id);
          boolean absent = session == null || session.client.ended;
          if (random.nextInt(absent ? 4 : 50) == 0) {
            SlowClient client = new SlowClient();
            sessions.put(id, new Session(client, new Subscription(id, state, identities, client)));
          }
        }
      }
    }

    private int compare() {
      int compared = 0;
      for (Map.Entry<Endpoint, Session> e : sessions.entrySet()) {
        SlowClient client = e.getValue().client;
        client.room = Integer.MAX_VALUE;
        e.getValue().subscription.send();
        assertEquals(client.ended, client.view.removed);
        if (!client.ended) {
          client.view.assertEqual(expected(e.getKey()));
          assertTrue(client.view.inSync);
          compared += client.view.endpoint == null ? 0 : 1;
          int messages = client.view.messages;
          e.getValue().subscription.send();
          assertEquals(messages, client.view.messages, "nothing has changed");
        }
      }
      return compared;
    }

    private ClientView expected(Endpoint id) {
      ClientView out = new ClientView();
      graph
          .profiles()
          .forEach(
              (name, labels) -> {
                Identity identity = Identity.ofProfile(name);
                if (identity != null) {
                  out.accept(Messages.identity(identity, labels));
                }
              });
      List<StateKey<?>> needed = new ArrayList<>();
      if (graph.state().containsKey(id)) {
        needed.add(id);
      }
      for (int i = 0; i < needed.size(); i++) {
        needed.addAll(CheckedGraph.references(graph.value(needed.get(i))));
      }
      for (StateKey<?> key : needed.reversed()) {
        switch (graph.value(key)) {
          case AddressSet set ->
              Messages.set((StateKey.SetId) key, new SetMembers(set), out::accept);
          case Policy policy -> out.accept(Messages.policy((StateKey.PolicyId) key, policy));
          case ProfileRules profile ->
              out.accept(Messages.profile((StateKey.ProfileId) key, profile));
          case LocalEndpoint endpoint -> out.accept(Messages.endpoint((Endpoint) key, endpoint));
          default -> throw new AssertionError(key);
        }
      }
      return out;
    }
  }
}
