package calico.felix.rules;

import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.Pool;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Action;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateKey;
import calico.felix.state.TrafficLimits;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.config.HostPort;
import calico.model.resource.Port;
import calico.model.resource.Rule;
import calico.model.resource.Unknown;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** Random state over a small universe of addresses, ports and names, so that things meet. */
public final class RandomState {
  private static final List<Cidr> NETS =
      List.of(
          Cidr.parse("10.0.0.1/32"),
          Cidr.parse("10.0.0.0/30"),
          Cidr.parse("10.0.0.0/8"),
          Cidr.parse("0.0.0.0/0"),
          Cidr.parse("fd00::1/128"),
          Cidr.parse("fd00::/126"),
          Cidr.parse("fd00::/8"),
          Cidr.parse("::/0"));
  public static final RulesConfig.Failsafes FAILSAFES =
      new RulesConfig.Failsafes(
          List.of(
              new HostPort("tcp", 1, null),
              new HostPort("tcp", 2, null),
              new HostPort("udp", 3, Cidr.parse("fd00::/126"))),
          List.of(new HostPort("udp", 1, null), new HostPort("tcp", 4, Cidr.parse("10.0.0.0/30"))));

  /** The last four begin something, of ICMP and of ICMPv6. */
  private static final List<Integer> ICMP_TYPES = List.of(0, 1, 2, 8, 13, 128, 139);

  private static final List<Integer> PROTOCOLS = List.of(1, 4, 6, 17, 58, 132);
  private static final List<Integer> PROTOCOLS_WITH_PORTS = List.of(6, 17, 132);
  private final Random random;

  /** Whether most rules ask only for what a table can say. */
  private final boolean ofTables;

  public RandomState(Random random) {
    this(random, false);
  }

  private RandomState(Random random, boolean ofTables) {
    this.random = random;
    this.ofTables = ofTables;
  }

  /** Of rules most of which a table can say. */
  public static RandomState ofTables(Random random) {
    return new RandomState(random, true);
  }

  public Map<StateKey<?>, Object> state() {
    Map<StateKey<?>, Object> state = new HashMap<>();
    for (int i = 0; i < 3; i++) {
      state.put(net(i), new AddressSet(AddressSet.Type.NETS, netMembers()));
      state.put(ports(i), new AddressSet(AddressSet.Type.IP_AND_PORT, portMembers()));
    }
    for (int i = 0; i < 5; i++) {
      if (random.nextInt(10) > 0) {
        boolean simple = ofTables && random.nextInt(4) > 0;
        state.put(
            policy(i),
            simple
                ? new Policy(some(5, () -> tableRule(true)), some(5, () -> tableRule(false)))
                : new Policy(rules(true), rules(true)));
      }
    }
    for (int i = 0; i < 2; i++) {
      if (random.nextInt(6) > 0) {
        state.put(profile(i), new ProfileRules(rules(false), rules(false)));
      }
    }
    for (int i = 1; i <= 2; i++) {
      state.put(
          new StateKey.Endpoint("k8s", "default/pod" + i, "eth0"),
          new LocalEndpoint(
              "cali" + i,
              null,
              List.of(),
              tiers(),
              some(2, () -> profile(random.nextInt(2))),
              limits(),
              limits(),
              List.of(),
              LocalEndpoint.Migration.NONE));
    }
    for (Cidr net : NETS) {
      if (random.nextInt(6) == 0) {
        state.put(new StateKey.PoolId(net), new Pool(random.nextBoolean()));
      }
      if (net.length() > 0 && random.nextInt(8) == 0) {
        state.put(new StateKey.ServiceRangeId(net), true);
      }
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      state.put(new StateKey.CodePointId(ip(random.nextBoolean())), random.nextInt(64));
    }
    for (String name : List.of("eth0", "eth1", "*")) {
      if (random.nextInt(3) > 0) {
        state.put(
            new StateKey.HostEndpoint("host-" + name),
            new LocalHostEndpoint(
                name,
                List.of(),
                tiers(),
                tiers(),
                passing(),
                passing(),
                some(2, () -> profile(random.nextInt(2)))));
      }
    }
    return state;
  }

  private TrafficLimits limits() {
    return new TrafficLimits(
        null,
        random.nextInt(3) == 0 ? new TrafficLimits.PacketRate(100, 5) : null,
        random.nextInt(3) == 0 ? 10 : 0);
  }

  private List<TierPolicies> tiers() {
    return some(
        2,
        () ->
            new TierPolicies(
                "t" + random.nextInt(3),
                random.nextBoolean(),
                some(3, () -> policy(random.nextInt(5))),
                some(3, () -> policy(random.nextInt(5)))));
  }

  private List<TierPolicies> passing() {
    return tiers().stream()
        .map(tier -> new TierPolicies(tier.tier(), true, tier.ingress(), tier.egress()))
        .toList();
  }

  public Packet packet() {
    boolean ipv4 = random.nextBoolean();
    boolean icmpSized = random.nextBoolean();
    return new Packet(
        pick(List.of("cali1", "cali2", "cali3", "eth0", "eth1", "eth2")),
        pick(List.of("cali1", "cali2", "cali3", "eth0", "eth1", "eth2")),
        ip(ipv4),
        ip(ipv4),
        pick(PROTOCOLS),
        random.nextInt(20) == 0 ? 135 : icmpSized ? pick(ICMP_TYPES) : port(),
        icmpSized ? random.nextInt(3) : random.nextInt(20) == 0 ? 4789 : port());
  }

  private Ip ip(boolean ipv4) {
    return Ip.parse(ipv4 ? "10.0.0.0" : "fd00::").plus(random.nextInt(6));
  }

  private int port() {
    return random.nextInt(6);
  }

  private static StateKey.SetId net(int i) {
    return new StateKey.SetId("s:net" + i);
  }

  private static StateKey.SetId ports(int i) {
    return new StateKey.SetId("n:ports" + i);
  }

  private static StateKey.PolicyId policy(int i) {
    return new StateKey.PolicyId("GlobalNetworkPolicy", "", "policy" + i);
  }

  private static StateKey.ProfileId profile(int i) {
    return new StateKey.ProfileId("kns.ns" + i);
  }

  private Set<Member> netMembers() {
    return new HashSet<>(some(4, () -> new Member.Net(pick(NETS))));
  }

  private Set<Member> portMembers() {
    return new HashSet<>(
        some(
            6,
            () -> new Member.IpPort(ip(random.nextBoolean()), pick(PROTOCOLS_WITH_PORTS), port())));
  }

  private List<ResolvedRule> rules(boolean pass) {
    return some(3, () -> rule(pass));
  }

  private ResolvedRule rule(boolean pass) {
    Action action =
        pick(
            pass
                ? List.of(Action.ALLOW, Action.ALLOW, Action.DENY, Action.PASS, Action.LOG)
                : List.of(Action.ALLOW, Action.DENY));
    Rule.Icmp icmp =
        new Rule.Icmp(
            pick(ICMP_TYPES), random.nextBoolean() ? random.nextInt(3) : null, Unknown.NONE);
    int kind = random.nextInt(6);
    return new ResolvedRule(
        action,
        rarely() ? pick(List.of(4, 6)) : null,
        kind < 2 ? pick(PROTOCOLS) : null,
        rarely() ? pick(PROTOCOLS) : null,
        kind == 2 ? icmp : null,
        kind == 3 ? icmp : null,
        side(),
        side(),
        rarely() ? Map.of("why", "it is so") : Map.of());
  }

  private ResolvedRule tableRule(boolean ingress) {
    Side far = tableSide(!ingress);
    Side near = ingress ? ports(Side.ANY) : Side.ANY;
    return new ResolvedRule(
        pick(List.of(Action.ALLOW, Action.ALLOW, Action.DENY, Action.PASS)),
        rarely() ? pick(List.of(4, 6)) : null,
        random.nextInt(3) == 0 ? pick(PROTOCOLS) : null,
        rarely() ? pick(PROTOCOLS) : null,
        null,
        null,
        ingress ? far : near,
        ingress ? near : far,
        Map.of());
  }

  private Side tableSide(boolean withPorts) {
    Side side =
        new Side(
            rare(3, () -> pick(NETS)),
            rare(2, () -> pick(NETS)),
            some(1, () -> net(random.nextInt(3))),
            rare(2, () -> net(random.nextInt(3))),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    return withPorts ? ports(side) : side;
  }

  private Side ports(Side side) {
    return new Side(
        side.nets(),
        side.notNets(),
        side.sets(),
        side.notSets(),
        random.nextBoolean() ? some(3, this::range) : List.of(),
        rare(2, this::range),
        List.of(),
        List.of(),
        List.of());
  }

  private Side side() {
    if (random.nextInt(3) == 0) {
      return Side.ANY;
    }
    return new Side(
        rare(3, () -> pick(NETS)),
        rare(2, () -> pick(NETS)),
        rare(2, () -> net(random.nextInt(3))),
        rare(2, () -> net(random.nextInt(3))),
        rare(3, this::range),
        rare(2, this::range),
        rare(2, () -> ports(random.nextInt(3))),
        rare(2, () -> ports(random.nextInt(3))),
        rare(1, () -> ports(random.nextInt(3))));
  }

  private Port range() {
    int min = port();
    return Port.range(min, min + random.nextInt(3));
  }

  private boolean rarely() {
    return random.nextInt(8) == 0;
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private <T> List<T> rare(int max, Supplier<T> one) {
    return random.nextInt(5) == 0 ? some(max, one) : List.of();
  }

  private <T> List<T> some(int max, Supplier<T> one) {
    List<T> all = new ArrayList<>();
    for (int n = random.nextInt(max + 1); n > 0; n--) {
      all.add(one.get());
    }
    return List.copyOf(all);
  }
}
