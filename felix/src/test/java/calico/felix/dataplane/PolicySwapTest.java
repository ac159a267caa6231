package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.rules.Packet;
import calico.felix.rules.RulesConfig;
import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Ip;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One policy takes another's place, again and again, while new connections come that both allow,
 * each for a set of its own: none is lost.
 */
class PolicySwapTest {
  /** {@code -Dswaps}. */
  private static final int SWAPS = Integer.getInteger("swaps", 60);

  /** At a time; what comes out waits in a queue of 500. */
  private static final int PACKETS = 400;

  private static final int UDP = 17;
  private static final StateKey.Endpoint ENDPOINT =
      new StateKey.Endpoint("k8s", "default/pod", "eth0");

  private final Switchboard node = new Switchboard();
  private int lastPort;

  @AfterEach
  void close() {
    node.close();
  }

  private static StateKey.SetId set(int i) {
    return new StateKey.SetId("s:clients" + i);
  }

  private static StateKey.PolicyId policy(int i) {
    return new StateKey.PolicyId("GlobalNetworkPolicy", "", "policy" + i);
  }

  /** All of a state with that number, without what another has. */
  private static List<StateChange> swap(int from, int to) {
    return List.of(
        new StateChange.Put<>(
            set(to),
            new AddressSet(
                AddressSet.Type.NETS,
                Set.of(
                    new Member.Net(Switchboard.ipv4(4).toCidr()),
                    new Member.Net(Switchboard.ipv6(4).toCidr())))),
        new StateChange.Put<>(
            policy(to),
            new Policy(
                List.of(
                    Node.rule(Side.ANY, Node.port(1), 6),
                    Node.rule(Node.from(set(to)), Side.ANY, UDP)),
                List.of())),
        new StateChange.Put<>(
            ENDPOINT,
            new LocalEndpoint(
                "cali1",
                Switchboard.mac(1).toString(),
                List.of(Switchboard.ipv4(1).toCidr(), Switchboard.ipv6(1).toCidr()),
                List.of(new TierPolicies("default", false, List.of(policy(to)), List.of())),
                List.of())),
        new StateChange.Removed(policy(from)),
        new StateChange.Removed(set(from)));
  }

  private Packet packet() {
    lastPort = lastPort % 60_000 + 1;
    boolean ipv4 = lastPort % 2 == 0;
    Ip from = ipv4 ? Switchboard.ipv4(4) : Switchboard.ipv6(4);
    Ip to = ipv4 ? Switchboard.ipv4(1) : Switchboard.ipv6(1);
    return new Packet("eth0", "cali1", from, to, UDP, lastPort, 5353);
  }

  /** Tried, as tables, and as tables with rows of ranges. */
  @ParameterizedTest
  @CsvSource({Integer.MAX_VALUE + ",0", "0,64", "0,0"})
  void whatBothAllowIsNotDropped(int tableFrom, int maxServices) throws Exception {
    RulesConfig rules =
        RulesConfig.defaults().withTables(new RulesConfig.Tables(tableFrom, maxServices));
    try (Dataplane dataplane = Dataplanes.open(DataplaneConfig.defaults().withRules(rules))) {
      node.host.run(dataplane::start);
      List<StateChange> first = new ArrayList<>(swap(1, 0));
      first.add(new StateChange.InSync());
      Dataplanes.apply(dataplane, first).get(10, TimeUnit.SECONDS);
      int sent = 0;
      for (int i = 0; i < SWAPS; i++) {
        CompletableFuture<Boolean> done = Dataplanes.apply(dataplane, swap(i % 2, 1 - i % 2));
        Set<Integer> marks = new HashSet<>();
        do {
          marks.add(node.send(packet()));
        } while (!done.isDone() && marks.size() < PACKETS);
        Set<Integer> lost = new HashSet<>(marks);
        lost.removeAll(node.receive(marks).keySet());
        assertEquals(Set.of(), lost, "lost of " + marks.size() + " during change " + i);
        sent += marks.size();
        done.get(10, TimeUnit.SECONDS);
        node.forget();
      }
      System.out.printf("PolicySwapTest: %d packets during %d changes%n", sent, SWAPS);
    }
  }
}
