package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftRenderer;
import calico.felix.rules.RulesConfig;
import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateChange.MembersChanged;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.resource.Port;
import calico.reconcile.Backoff;
import calico.reconcile.Reconciler;
import calico.reconcile.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What becomes of policies that a table would be too large for, and what changes cost. */
class KeptTablesTest {
  private static final StateKey.Endpoint ENDPOINT = new StateKey.Endpoint("k8s", "ns/pod", "eth0");

  private final Map<NftKey, NftObject> kernel = new HashMap<>();
  private final Set<NftKey> written = new HashSet<>();
  private final PolicyTable table =
      new PolicyTable(
          new NftRenderer(Family.IPV4, RulesConfig.defaults()),
          new Reconciler<>(
              new Target<NftKey, NftObject>() {
                @Override
                public Map<NftKey, NftObject> list() {
                  return Map.copyOf(kernel);
                }

                @Override
                public Map<NftKey, Exception> apply(
                    Map<NftKey, NftObject> updates, Set<NftKey> deletions) {
                  kernel.putAll(updates);
                  kernel.keySet().removeAll(deletions);
                  written.addAll(updates.keySet());
                  written.addAll(deletions);
                  return Map.of();
                }
              },
              Duration.ZERO,
              Backoff.DEFAULT,
              System::nanoTime,
              new Random(1)));

  private static StateKey.SetId set(int i) {
    return new StateKey.SetId("s:set" + i);
  }

  private static StateKey.PolicyId policy(int i) {
    return new StateKey.PolicyId("GlobalNetworkPolicy", "", "p" + i);
  }

  private static Side side(List<Cidr> nets, List<StateKey.SetId> sets, List<Port> ports) {
    List<StateKey.SetId> none = List.of();
    return new Side(nets, List.of(), sets, none, ports, List.of(), none, none, none);
  }

  private static ResolvedRule rule(Side source, List<Port> ports) {
    return new ResolvedRule(
        ResolvedRule.Action.ALLOW,
        null,
        6,
        null,
        null,
        null,
        source,
        side(List.of(), List.of(), ports),
        Map.of());
  }

  private static Member.Net host(int i) {
    return new Member.Net(Ip.parse("10.0.0.0").plus(i).toCidr());
  }

  /** An endpoint with so many policies of ten rules, each of which asks for one of the sets. */
  private void endpoint(int policies, int sets) {
    List<StateKey.PolicyId> ids = new ArrayList<>();
    for (int p = 0; p < policies; p++) {
      List<ResolvedRule> rules = new ArrayList<>();
      for (int r = 0; r < 10; r++) {
        Side from = side(List.of(), List.of(set((p * 10 + r) % sets)), List.of());
        rules.add(rule(from, List.of(Port.of(80 + r))));
      }
      ids.add(policy(p));
      table.policy(policy(p), new Policy(rules, List.of()));
    }
    refer(ids);
  }

  private void refer(List<StateKey.PolicyId> ids) {
    table.endpoint(
        ENDPOINT,
        new LocalEndpoint(
            "cali1",
            null,
            List.of(),
            List.of(new TierPolicies("default", false, ids, List.of())),
            List.of()));
  }

  private void apply() {
    written.clear();
    table.table().inputInSync();
    table.write().forEach(outcome -> assertEquals(Map.of(), outcome.failed()));
  }

  private long elements() {
    return kernel.keySet().stream().filter(NftKey.ElementKey.class::isInstance).count();
  }

  @Test
  void tenThousandClassesOfOverlappingSetsAreTried() {
    Random random = new Random(1);
    List<Set<Member>> members = new ArrayList<>();
    for (int s = 0; s < 40; s++) {
      members.add(new HashSet<>());
    }
    for (int i = 0; i < 10_000; i++) {
      members.get(i % 40).add(host(i));
      for (int more = random.nextInt(20); more > 0; more--) {
        members.get(random.nextInt(40)).add(host(i));
      }
    }
    for (int s = 0; s < 40; s++) {
      table.set(set(s), new AddressSet(AddressSet.Type.NETS, members.get(s)));
    }
    endpoint(20, 40);
    apply();
    assertEquals(1, table.sizes().tooLarge());
    assertEquals(0, table.sizes().tables());
    assertEquals(0, table.sizes().classes());
    assertEquals(20, table.sizes().tried());

    // An edited policy does not make it try again, and one policy of the many still can be a table.
    table.policy(policy(0), new Policy(List.of(), List.of()));
    apply();
    assertEquals(1, table.sizes().tooLarge());
    assertTrue(written.size() < 100, () -> written.size() + " written");
    members.forEach(set -> set.removeIf(member -> !member.equals(host(1))));
    for (int s = 0; s < 40; s++) {
      table.set(set(s), new AddressSet(AddressSet.Type.NETS, members.get(s)));
    }
    refer(List.of(policy(1), policy(2)));
    apply();
    assertEquals(0, table.sizes().tooLarge());
    assertEquals(1, table.sizes().tables());
    assertEquals(0, table.sizes().tried());
  }

  @Test
  void manySetsTimesManyPrefixesAndPortsAreTried() {
    List<ResolvedRule> rules = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      table.set(set(i), new AddressSet(AddressSet.Type.NETS, Set.of(host(i))));
      List<Port> ports = new ArrayList<>();
      for (int port = i; port < 60_000; port += 1000) {
        ports.add(Port.of(port));
      }
      rules.add(rule(side(List.of(), List.of(set(i)), List.of()), ports));
      rules.add(
          rule(side(List.of(Cidr.parse("11.0." + i + ".0/24")), List.of(), List.of()), ports));
    }
    table.policy(policy(0), new Policy(rules, List.of()));
    refer(List.of(policy(0)));
    apply();
    assertEquals(1, table.sizes().tooLarge());
    assertEquals(1, table.sizes().tried());
  }

  @Test
  void thousandsOfPrefixesAreATable() {
    List<Cidr> nets = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      nets.add(Cidr.parse("11." + i / 250 + "." + i % 250 + ".0/" + (24 + i % 3)));
    }
    List<ResolvedRule> rules = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      rules.add(rule(side(nets, List.of(), List.of()), List.of(Port.of(80 + i))));
    }
    table.policy(policy(0), new Policy(rules, List.of()));
    refer(List.of(policy(0)));
    apply();
    assertEquals(1, table.sizes().tables());
    assertTrue(elements() < 5200, () -> elements() + " elements");
  }

  @Test
  void anAddressThatMovesIsOneElement() {
    for (int s = 0; s < 50; s++) {
      Set<Member> members = new HashSet<>();
      for (int i = s; i < 10_000; i += 50) {
        members.add(host(i));
      }
      table.set(set(s), new AddressSet(AddressSet.Type.NETS, members));
    }
    endpoint(100, 50);
    apply();
    assertEquals(50, table.sizes().classes());
    table.members(new MembersChanged(set(0), Set.of(), Set.of(host(0))));
    table.members(new MembersChanged(set(1), Set.of(host(0)), Set.of()));
    apply();
    assertEquals(1, written.size());
    table.members(new MembersChanged(set(2), Set.of(host(0)), Set.of()));
    apply();
    assertTrue(written.size() < 30, () -> "an address of a class of its own: " + written);
  }
}
