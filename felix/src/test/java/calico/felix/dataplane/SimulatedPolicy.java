package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftMachine;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftRenderer;
import calico.felix.rules.Packet;
import calico.felix.rules.RandomState;
import calico.felix.rules.RuleRenderer;
import calico.felix.rules.RulesConfig;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.StateKey;
import calico.model.Family;
import calico.netlink.NetlinkSocket;
import calico.netlink.nftables.Nftables;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What policy says of some packets, and what the rules do that are in a played kernel. From one
 * state to the next every moment has to lie between the two: what neither lets pass does not pass,
 * what both let pass does.
 */
final class SimulatedPolicy {
  private static final int PACKETS = 24;
  private static final String[] HOOKS = {
    "raw-PREROUTING-host",
    "mangle-PREROUTING",
    "filter-FORWARD-rate",
    "filter-FORWARD",
    "filter-FORWARD-host",
    "mangle-POSTROUTING"
  };

  private final FakeKernel kernel;
  private final List<Family> families;
  private final Map<Family, RuleRenderer> renderers = new HashMap<>();
  private final Nftables inspector;
  private final List<Packet> packets = new ArrayList<>();
  private final List<BitSet> possible = new ArrayList<>();
  private final Map<Family, Map<NftKey, NftObject>> expected = new HashMap<>();
  private Map<StateKey<?>, Object> expectedOf = Map.of();

  /** Whether somebody else has changed the tables since they were as they should be. */
  private boolean tampered;

  /** Whether something was refused since then. */
  private boolean refused;

  SimulatedPolicy(FakeKernel kernel, RandomState generator, RulesConfig rules, boolean ipv6) {
    this.kernel = kernel;
    this.families = ipv6 ? List.of(Family.values()) : List.of(Family.IPV4);
    this.inspector = new Nftables(new NetlinkSocket(kernel.socket(FakeKernel.Faults.NONE)));
    families.forEach(family -> renderers.put(family, new NftRenderer(family, rules)));
    while (packets.size() < PACKETS) {
      Packet packet = generator.packet();
      if (families.contains(packet.family())) {
        packets.add(packet);
      }
    }
    possible.add(verdicts(Map.of()));
  }

  private RuleRenderer renderer(Family family) {
    return Objects.requireNonNull(renderers.get(family));
  }

  private Map<NftKey, NftObject> rendered(Family family, Map<StateKey<?>, Object> state) {
    return RenderedTable.of(renderer(family), state);
  }

  /** What the tables are to be in the end; the same as the last time for the same state. */
  private Map<NftKey, NftObject> expected(Family family, Map<StateKey<?>, Object> state) {
    if (!state.equals(expectedOf)) {
      expectedOf = state;
      expected.clear();
    }
    return expected.computeIfAbsent(family, _ -> rendered(family, state));
  }

  private BitSet verdicts(Map<StateKey<?>, Object> state) {
    BitSet accepted = new BitSet();
    for (Family family : families) {
      add(family, rendered(family, state), accepted);
    }
    return accepted;
  }

  private void add(Family family, Map<NftKey, NftObject> table, BitSet accepted) {
    NftMachine machine = new NftMachine(table);
    for (int i = 0; i < packets.size(); i++) {
      if (packets.get(i).family() == family) {
        accepted.set(i, machine.accepts(packets.get(i), HOOKS));
      }
    }
  }

  /** The dataplane is going to be told of that state. */
  void next(Map<StateKey<?>, Object> state) {
    possible.add(verdicts(state));
  }

  void tampered() {
    tampered = true;
  }

  void refused() {
    refused = true;
  }

  private static int number(Family family) {
    return family == Family.IPV4 ? 2 : 10;
  }

  /** What is in the kernel. */
  private Map<NftKey, NftObject> actual(Family family) {
    return new NftablesTarget(
            inspector, Kernel.table(family), renderer(family).closed("never"), () -> {})
        .list();
  }

  /** Checks this moment. */
  void check() {
    if (tampered) {
      return;
    }
    for (Family family : families) {
      if (!kernel.nftables.hasTable(number(family), Kernel.TABLE)) {
        continue;
      }
      BitSet accepted = new BitSet();
      add(family, actual(family), accepted);
      for (int i = 0; i < packets.size(); i++) {
        int packet = i;
        if (packets.get(i).family() != family) {
          continue;
        }
        if (accepted.get(i) && possible.stream().noneMatch(p -> p.get(packet))) {
          throw new AssertionError("passes, and was to be denied all the time: " + packets.get(i));
        }
        if (!accepted.get(i) && !refused && possible.stream().allMatch(p -> p.get(packet))) {
          throw new AssertionError("is denied, and was to pass all the time: " + packets.get(i));
        }
      }
    }
  }

  /** An endpoint is said to be up: then all that is its own is in the tables. */
  void checkUp(LocalEndpoint endpoint) {
    for (Family family : families) {
      Map<NftKey, NftObject> wanted = renderer(family).endpoint(endpoint).objects();
      Map<NftKey, NftObject> actual = actual(family);
      wanted.forEach(
          (key, object) -> {
            if (!tampered && !object.equals(actual.get(key))) {
              throw new AssertionError(endpoint + " is said to be up without " + key);
            }
          });
    }
  }

  /**
   * If the tables are exactly as the state wants them, forgets what was before.
   *
   * @return what differs, or an empty text
   */
  String settle(Map<StateKey<?>, Object> state) {
    BitSet accepted = new BitSet();
    for (Family family : families) {
      Map<NftKey, NftObject> wanted = expected(family, state);
      Map<NftKey, NftObject> actual = actual(family);
      if (!wanted.equals(actual)) {
        return difference(wanted, actual);
      }
      add(family, actual, accepted);
    }
    possible.clear();
    possible.add(accepted);
    tampered = false;
    refused = false;
    return "";
  }

  private static String difference(Map<NftKey, NftObject> expected, Map<NftKey, NftObject> actual) {
    StringBuilder text = new StringBuilder();
    expected.forEach(
        (key, object) -> {
          if (!object.equals(actual.get(key))) {
            text.append("\n").append(key).append(actual.containsKey(key) ? " differs" : " lacks");
          }
        });
    actual.keySet().stream()
        .filter(key -> !expected.containsKey(key))
        .forEach(key -> text.append("\n").append(key).append(" is left over"));
    return text.toString();
  }
}
