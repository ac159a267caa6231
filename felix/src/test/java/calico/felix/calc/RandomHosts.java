package calico.felix.calc;

import static calico.felix.calc.Yamls.document;
import static calico.felix.calc.Yamls.globalPolicy;
import static calico.felix.calc.Yamls.globalSet;
import static calico.felix.calc.Yamls.pod;
import static calico.felix.calc.Yamls.pool;
import static calico.felix.calc.Yamls.profile;
import static calico.felix.calc.Yamls.tier;

import calico.model.Cidr;
import calico.model.Ip;
import calico.model.config.FelixConfig;
import calico.model.config.HostPort;
import calico.model.config.Source;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Two nodes with two interfaces each, pods, any mix of host endpoints and policies of every kind
 * for all of them.
 *
 * <pre>
 *         n1, n2                     eth0  192.168.0.N, fd00:c::N   by which others reach it
 *   cali-aN, cali-bN                 eth1  192.168.1.N, fd00:d::N
 *   10.0.N.1, 10.0.N.2, fd00:N::...  lo
 * </pre>
 */
final class RandomHosts {
  static final List<String> NODES = List.of("n1", "n2");
  static final Ip OUTSIDE_4 = Ip.parse("203.0.113.9");
  static final Ip OUTSIDE_6 = Ip.parse("fd00:f::9");

  /**
   * Who has an address.
   *
   * @param node empty for what is outside
   * @param interfaceName which has it, or behind which the workload is
   */
  record Place(String node, String interfaceName) {
    boolean isWorkload() {
      return interfaceName.startsWith("cali");
    }
  }

  private final Random random;
  private final StringBuilder yaml = new StringBuilder();
  final Map<Ip, Place> places = new HashMap<>();

  /** What floating addresses become; they are at the places of their workloads. */
  final Map<Ip, Ip> floating = new HashMap<>();

  /** Prefixes of pools, and whether what leaves them gets the node's address. */
  final Map<Cidr, Boolean> pools = new HashMap<>();

  RandomHosts(Random random) {
    this.random = random;
    places.put(OUTSIDE_4, new Place("", ""));
    places.put(OUTSIDE_6, new Place("", ""));
    for (int n = 1; n <= NODES.size(); n++) {
      node(n);
      hostEndpoints(n);
      workload(n, "a");
      workload(n, "b");
      maybePool("10.0." + n + ".0/24");
      maybePool("fd00:" + n + "::/64");
    }
    for (String name : List.of("first", "second")) {
      String action = pick("Pass", "Deny");
      yaml.append(tier(name, "order: " + random.nextInt(3) + ", defaultAction: " + action));
    }
    yaml.append(tier("default", "order: 1000000, defaultAction: Deny"));
    yaml.append(globalSet("outside", labels(), "203.0.113.0/28, \"fd00:f::/64\""));
    yaml.append(profile("open", "ingress: [" + rule(false) + "], egress: [{action: Allow}]"));
    for (int i = 0; i < 10; i++) {
      yaml.append(globalPolicy("p" + i, policy()));
    }
  }

  @Override
  public String toString() {
    return yaml.toString();
  }

  private void node(int n) {
    String name = "n" + n;
    for (String[] each : new String[][] {{"eth0", "0", "c"}, {"eth1", "1", "d"}}) {
      Place place = new Place(name, each[0]);
      places.put(Ip.parse("192.168." + each[1] + "." + n), place);
      places.put(Ip.parse("fd00:" + each[2] + "::" + n), place);
    }
    yaml.append(
        document(
            "Node",
            "{name: " + name + "}",
            """
            bgp: {ipv4Address: 192.168.0.%1$d/24, ipv6Address: "fd00:c::%1$d/64"}, \
            addresses: [{address: 192.168.1.%1$d}, {address: "fd00:d::%1$d"}]%2$s\
            """
                .formatted(
                    n,
                    random.nextBoolean()
                        ? ", interfaces: [{name: eth0, addresses: [192.168.0." + n + "/24]}]"
                        : "")));
  }

  /** In a random order of names, which decides if there are several for one interface. */
  private void hostEndpoints(int n) {
    boolean any = random.nextBoolean();
    if (any) {
      hostEndpoint(n, "interfaceName: '*'");
    }
    String eth0 = "expectedIPs: [192.168.0.%1$d, \"fd00:c::%1$d\"]".formatted(n);
    switch (random.nextInt(5)) {
      case 0 -> hostEndpoint(n, "interfaceName: eth0, " + eth0);
      case 1 -> hostEndpoint(n, eth0);
      case 2 -> {
        // Without addresses it is not told from that of any interface, but for the Node's list.
        if (!any || yaml.toString().contains("addresses: [192.168.0." + n + "/24]")) {
          hostEndpoint(n, "interfaceName: eth0");
        }
      }
      case 3 -> {
        hostEndpoint(n, "interfaceName: eth0, " + eth0);
        hostEndpoint(n, eth0);
      }
      default -> {}
    }
    String eth1 = "expectedIPs: [192.168.1.%1$d, \"fd00:d::%1$d\"]".formatted(n);
    switch (random.nextInt(4)) {
      case 0 -> hostEndpoint(n, "interfaceName: eth1, " + eth1);
      case 1 -> hostEndpoint(n, eth1);
      default -> {}
    }
    if (random.nextInt(6) == 0) {
      hostEndpoint(n, "interfaceName: lo, expectedIPs: [127.0.0.1]");
    }
  }

  private void hostEndpoint(int n, String spec) {
    yaml.append(
        document(
            "HostEndpoint",
            "{name: h%d, labels: {%s}}".formatted(random.nextInt(1_000_000), labels()),
            "node: n%d, %s, %s".formatted(n, spec, profiles())));
  }

  private void maybePool(String cidr) {
    if (random.nextBoolean()) {
      boolean masquerades = random.nextInt(4) != 0;
      pools.put(Cidr.parse(cidr), masquerades);
      yaml.append(pool("p" + pools.size(), "cidr: \"" + cidr + "\", natOutgoing: " + masquerades));
    }
  }

  private String maybeFloating(Place place, String external, String internal) {
    if (random.nextBoolean()) {
      return "";
    }
    places.put(Ip.parse(external), place);
    floating.put(Ip.parse(external), Ip.parse(internal));
    return ", ipNATs: [{externalIP: \"%s\", internalIP: \"%s\"}]".formatted(external, internal);
  }

  private void workload(int n, String letter) {
    String ipv4 = "10.0." + n + "." + (letter.equals("a") ? 1 : 2);
    String ipv6 = "fd00:" + n + "::" + letter;
    Place place = new Place("n" + n, "cali-" + letter + n);
    places.put(Ip.parse(ipv4), place);
    places.put(Ip.parse(ipv6), place);
    yaml.append(
        pod(
            place.node(),
            "ns/" + letter + n,
            ipv4 + "\", \"" + ipv6,
            labels(),
            profiles()
                + ", ports: [{name: web, protocol: TCP, port: 5}]"
                + maybeFloating(place, "198.51.100." + n + (letter.equals("a") ? 1 : 2), ipv4)));
  }

  private String labels() {
    return "x: '" + random.nextInt(3) + "'" + (random.nextBoolean() ? ", y: ''" : "");
  }

  private String profiles() {
    return "profiles: [" + pick("open", "open", "missing", "") + "]";
  }

  private String policy() {
    String kind =
        pick(
            "types: [Ingress, Egress]",
            "types: [Ingress]",
            "types: [Ingress, Egress], applyOnForward: true",
            "types: [Egress], applyOnForward: true",
            "types: [Ingress, Egress], applyOnForward: true, doNotTrack: true",
            "types: [Ingress], applyOnForward: true, preDNAT: true",
            "types: [Ingress], applyOnForward: true, preDNAT: true");
    boolean passes = !kind.contains("doNotTrack") && !kind.contains("preDNAT");
    String egress = kind.contains("Egress") ? ", egress: " + rules(passes) : "";
    return "tier: %s, order: %d, selector: \"%s\", %s, ingress: %s%s"
        .formatted(
            pick("first", "second", "default"),
            random.nextInt(4),
            selector(),
            kind,
            kind.contains("Ingress") ? rules(passes) : "[]",
            egress);
  }

  private String rules(boolean passes) {
    return some(3, () -> rule(passes)).stream().collect(Collectors.joining(", ", "[", "]"));
  }

  private String rule(boolean passes) {
    String action = passes ? pick("Allow", "Allow", "Deny", "Pass", "Log") : pick("Allow", "Deny");
    String protocol = pick("", "", ", protocol: TCP", ", protocol: UDP", ", notProtocol: TCP");
    boolean ported = protocol.startsWith(", protocol");
    int family = random.nextBoolean() ? 4 : 6;
    String entities = entity("source", family, ported) + entity("destination", family, ported);
    String version = pick("", "", ", ipVersion: " + family);
    return "{action: " + action + protocol + version + entities + "}";
  }

  private String entity(String name, int family, boolean ported) {
    boolean ipv4 = family == 4;
    String match =
        pick(
            "",
            "",
            "selector: \"" + selector() + "\"",
            "notSelector: \"" + selector() + "\"",
            ipv4 ? "nets: [10.0.0.0/16, 203.0.113.0/24]" : "nets: ['fd00:1::/64', 'fd00:f::/64']",
            ipv4 ? "nets: [198.51.100.0/24]" : "nets: ['fd00:2::/64']",
            ipv4 ? "nets: [192.168.0.0/24]" : "nets: ['fd00:c::/64']",
            ipv4 ? "notNets: [10.0.1.0/24]" : "notNets: ['fd00:c::1/128']");
    String ports = ported ? pick("", "ports: [1, 2]", "ports: ['2:5', web]", "notPorts: [3]") : "";
    String joined = match + (match.isEmpty() || ports.isEmpty() ? "" : ", ") + ports;
    return joined.isEmpty() ? "" : ", " + name + ": {" + joined + "}";
  }

  private String selector() {
    return pick("all()", "x == '0'", "x in {'0', '1'}", "has(y)", "x != '2'");
  }

  /** A node's settings. */
  FelixConfig configuration(List<HostPort> inbound, List<HostPort> outbound) {
    return FelixConfig.resolve(
        List.of(
            new Source(
                "test",
                true,
                Map.of(
                    "failsafeInboundHostPorts",
                    ports(inbound),
                    "failsafeOutboundHostPorts",
                    ports(outbound),
                    "defaultEndpointToHostAction",
                    pick("Drop", "Accept", "Return"),
                    "floatingIPs",
                    pick("Enabled", "Enabled", "Disabled"),
                    "natOutgoingExclusions",
                    pick("IPPoolsOnly", "IPPoolsAndHostIPs")))));
  }

  private static List<Map<String, Object>> ports(List<HostPort> ports) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (HostPort port : ports) {
      Map<String, Object> fields = new HashMap<>();
      fields.put("protocol", port.protocol());
      fields.put("port", (long) port.port());
      if (port.net() != null) {
        fields.put("net", port.net().toString());
      }
      all.add(fields);
    }
    return all;
  }

  private String pick(String... from) {
    return from[random.nextInt(from.length)];
  }

  private <T> List<T> some(int max, Supplier<T> one) {
    List<T> all = new ArrayList<>();
    for (int n = random.nextInt(max + 1); n > 0; n--) {
      all.add(one.get());
    }
    return all;
  }
}
