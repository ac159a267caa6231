package calico.felix.calc;

import static calico.felix.rules.RandomState.FAILSAFES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.calc.RandomHosts.Place;
import calico.felix.rules.Packet;
import calico.felix.rules.PolicyOracle;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.StateKey;
import calico.model.Family;
import calico.model.Ip;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import calico.model.config.Parameter;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import calico.model.resource.Validator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What is said of a connection is what the nodes' rules do with it: the verdict equals that of the
 * oracle with which {@code PolicySemanticsTest} compares the rendered rules, asked on each node
 * that the packet passes. Replay one cluster with {@code -Dseed=SEED}.
 */
class TracePropertyTest {
  private static final int CLUSTERS = 300;
  private static final int PACKETS = 60;
  private static final List<Integer> PROTOCOLS = List.of(1, 4, 6, 6, 17, 17, 58, 132);

  private int allowed;
  private int denied;

  @Test
  void theVerdictIsThatOfTheNodesRules() {
    Long replay = Long.getLong("seed");
    long first = replay == null ? System.nanoTime() : replay;
    for (long seed = first; seed < first + (replay == null ? CLUSTERS : 1); seed++) {
      try {
        new Cluster(new Random(seed)).compare();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("replay with -Dseed=" + seed + ": " + e.getMessage(), e);
      }
    }
    assertTrue(
        replay != null || Math.min(allowed, denied) > CLUSTERS * PACKETS / 20,
        () -> "one-sided: " + allowed + " allowed, " + denied + " denied");
  }

  private final class Cluster {
    private final Random random;
    private final RandomHosts hosts;
    private final Snapshot snapshot = new Snapshot(r -> Validator.errors(r).isEmpty());
    private final Map<String, FelixConfig> configurations = new HashMap<>();
    private final Map<String, PolicyOracle> oracles = new HashMap<>();

    Cluster(Random random) {
      this.random = random;
      this.hosts = new RandomHosts(random);
      for (Resource<?> resource : Yamls.resources(hosts.toString())) {
        assertEquals(List.of(), Validator.errors(resource));
        put(resource);
      }
      for (String node : RandomHosts.NODES) {
        configurations.put(node, hosts.configuration(FAILSAFES.inbound(), FAILSAFES.outbound()));
        CalcConfig config = new CalcConfig(node, _ -> true);
        oracles.put(
            node,
            new PolicyOracle(onInterfaces(Resolver.resolve(snapshot, config).values()), FAILSAFES));
      }
    }

    private <S> void put(Resource<S> resource) {
      snapshot.put(ResourceKey.of(resource), resource);
    }

    /**
     * As a node does that sees its interfaces: each is the first host endpoint's that is for it.
     */
    private Map<StateKey<?>, Object> onInterfaces(Map<StateKey<?>, Object> resolved) {
      Map<StateKey<?>, Object> state = new HashMap<>(resolved);
      Set<String> taken = new HashSet<>();
      resolved.keySet().stream()
          .filter(StateKey.HostEndpoint.class::isInstance)
          .map(StateKey.HostEndpoint.class::cast)
          .sorted(Comparator.naturalOrder())
          .forEach(
              id -> {
                LocalHostEndpoint e =
                    (LocalHostEndpoint) Objects.requireNonNull(resolved.remove(id));
                String name =
                    e.interfaceName().isEmpty()
                        ? place(e.expectedIps().getFirst()).interfaceName()
                        : e.interfaceName();
                state.remove(id);
                if (taken.add(name)) {
                  state.put(
                      id,
                      new LocalHostEndpoint(
                          name,
                          e.expectedIps(),
                          e.normal(),
                          e.forward(),
                          e.untracked(),
                          e.preDnat(),
                          e.profiles()));
                }
              });
      return state;
    }

    private Place place(Ip ip) {
      return Objects.requireNonNull(hosts.places.get(ip), ip::toString);
    }

    void compare() {
      List<Ip> all = new ArrayList<>(hosts.places.keySet());
      all.sort(Comparator.naturalOrder());
      for (int i = 0; i < PACKETS; i++) {
        Ip source = all.get(random.nextInt(all.size()));
        Ip destination = all.get(random.nextInt(all.size()));
        if (source.family() == destination.family()
            && !source.equals(destination)
            && !hosts.floating.containsKey(source)) {
          compare(source, destination);
        }
      }
    }

    private void compare(Ip source, Ip destination) {
      int protocol = PROTOCOLS.get(random.nextInt(PROTOCOLS.size()));
      int from = random.nextInt(7);
      int to = random.nextInt(20) == 0 ? 4789 : random.nextInt(7);
      Flow flow =
          new Flow(
              new Flow.Peer.Address(source),
              new Flow.Peer.Address(destination),
              protocol,
              from,
              to);
      Decision decision =
          Trace.explain(snapshot, flow, node -> Objects.requireNonNull(configurations.get(node)));
      boolean echo = protocol == (source.family() == Family.IPV4 ? 1 : 58);
      int type = source.family() == Family.IPV4 ? 8 : 128;
      Packet packet =
          new Packet("", "", source, destination, protocol, echo ? type : from, echo ? 0 : to);
      boolean passes = passes(packet, place(source), receiver(destination));
      assertEquals(passes, decision.allowed(), () -> flow + "\n" + decision + "\n" + hosts);
      allowed += passes ? 1 : 0;
      denied += passes ? 0 : 1;
    }

    /** A floating address that its node does not program is nobody's. */
    private Place receiver(Ip destination) {
      Place place = place(destination);
      return hosts.floating.containsKey(destination)
              && !is(place.node(), FelixParameters.FLOATING_IPS, "Enabled")
          ? new Place("", "")
          : place;
    }

    private boolean is(String node, Parameter<String> parameter, String value) {
      return value.equals(Objects.requireNonNull(configurations.get(node)).get(parameter));
    }

    /** Between nodes, packets go out of the interface with the sender's address, or of eth0. */
    private boolean passes(Packet packet, Place from, Place to) {
      String in = from.isWorkload() ? from.interfaceName() : "";
      String out = to.isWorkload() ? to.interfaceName() : "";
      if (from.node().equals(to.node()) && !from.node().isEmpty()) {
        return (in.isEmpty() && out.isEmpty())
            ? passes(from.node(), packet, "", "lo") && passes(from.node(), packet, "lo", "")
            : passes(from.node(), packet, in, out);
      }
      String leaving = from.isWorkload() ? "eth0" : from.interfaceName();
      String arriving = to.isWorkload() ? "eth0" : to.interfaceName();
      return (from.node().isEmpty() || passes(from.node(), packet, in, leaving))
          && (to.node().isEmpty()
              || passes(to.node(), from.isWorkload() ? sent(from, packet) : packet, arriving, out));
    }

    /** As it has left the workload's node. */
    private Packet sent(Place from, Packet packet) {
      boolean toPool =
          hosts.pools.keySet().stream().anyMatch(p -> p.contains(packet.destination()));
      Place to = place(packet.destination());
      boolean toNode =
          !to.node().isEmpty()
              && !to.isWorkload()
              && is(from.node(), FelixParameters.NAT_OUTGOING_EXCLUSIONS, "IPPoolsAndHostIPs");
      boolean masquerades =
          hosts.pools.entrySet().stream()
              .anyMatch(p -> p.getValue() && p.getKey().contains(packet.source()));
      if (toPool || toNode || !masquerades) {
        return packet;
      }
      String prefix = packet.family() == Family.IPV4 ? "192.168.0." : "fd00:c::";
      return new Packet(
          "",
          "",
          Ip.parse(prefix + from.node().substring(1)),
          packet.destination(),
          packet.protocol(),
          packet.first(),
          packet.second());
    }

    /** On one node; the names are empty for its own processes. */
    private boolean passes(String node, Packet packet, String in, String out) {
      PolicyOracle oracle = Objects.requireNonNull(oracles.get(node));
      Packet there = at(in, out, packet, packet.destination());
      if (in.isEmpty()) {
        return oracle.sends(there);
      }
      return out.isEmpty()
          ? oracle.receives(there) && (!in.startsWith("cali") || reachesHost(node))
          : forwards(oracle, there);
    }

    private boolean forwards(PolicyOracle oracle, Packet packet) {
      Ip internal = hosts.floating.get(packet.destination());
      if (internal == null || !packet.output().equals(place(internal).interfaceName())) {
        return oracle.forwards(packet);
      }
      Packet translated = at(packet.input(), packet.output(), packet, internal);
      return !oracle.untracks(packet) && oracle.forwards(packet, translated);
    }

    private static Packet at(String in, String out, Packet packet, Ip destination) {
      return new Packet(
          in,
          out,
          packet.source(),
          destination,
          packet.protocol(),
          packet.first(),
          packet.second());
    }

    private boolean reachesHost(String node) {
      return !Objects.requireNonNull(configurations.get(node))
          .get(FelixParameters.DEFAULT_ENDPOINT_TO_HOST_ACTION)
          .equals("Drop");
    }
  }
}
