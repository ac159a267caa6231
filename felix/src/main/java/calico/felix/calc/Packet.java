package calico.felix.calc;

import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateKey.SetId;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.resource.Port;
import calico.model.resource.Protocol;
import calico.model.resource.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A packet against which rules can be tried: what the kernel's rules have to agree with.
 *
 * @param protocol IANA number
 */
record Packet(Ip source, Ip destination, int protocol, int sourcePort, int destinationPort) {
  private static final Set<Integer> WITH_PORTS = Set.of(6, 17, 132);
  private static final int ICMP = 1;
  private static final int ICMPV6 = 58;

  /** The same with another source. */
  Packet from(Ip other) {
    return new Packet(other, destination, protocol, sourcePort, destinationPort);
  }

  /** The same with another destination. */
  Packet to(Ip other, int port) {
    return new Packet(source, other, protocol, sourcePort, port);
  }

  /** All that a rule asks of the packet; it matches if all of that holds. */
  List<Criterion> criteria(ResolvedRule rule, TracedSets sets) {
    List<Criterion> out = new ArrayList<>();
    family(rule, out);
    if (rule.protocol() != null) {
      out.add(
          new Criterion("protocol " + Protocol.text(rule.protocol()), rule.protocol() == protocol));
    }
    if (rule.notProtocol() != null) {
      out.add(
          new Criterion(
              "protocol other than " + Protocol.text(rule.notProtocol()),
              rule.notProtocol() != protocol));
    }
    if (rule.icmp() != null) {
      out.add(new Criterion("ICMP " + text(rule.icmp()), isIcmp() && is(rule.icmp())));
    }
    if (rule.notIcmp() != null) {
      out.add(
          new Criterion(
              "ICMP other than " + text(rule.notIcmp()), isIcmp() && !is(rule.notIcmp())));
    }
    new End("source", source, sourcePort, sets, out).ask(rule.source());
    new End("destination", destination, destinationPort, sets, out).ask(rule.destination());
    return out;
  }

  private static String text(Rule.Icmp icmp) {
    return icmp.type() == null
        ? "of any type"
        : "type " + icmp.type() + (icmp.code() == null ? "" : ", code " + icmp.code());
  }

  /**
   * A rule with prefixes of one family only is for that family, even where they are excluded ones.
   * One that excludes a whole family is not for it.
   */
  private void family(ResolvedRule rule, List<Criterion> out) {
    Family family = source.family();
    Integer version = rule.ipVersion();
    if (version != null) {
      out.add(new Criterion("IPv" + version, version == family.version()));
    }
    for (Side side : List.of(rule.source(), rule.destination())) {
      for (List<Cidr> nets : List.of(side.nets(), side.notNets())) {
        if (!nets.isEmpty() && nets.stream().noneMatch(n -> n.family() == family)) {
          out.add(new Criterion("the address family of " + joined(nets), false));
        }
      }
      if (side.notNets().stream().anyMatch(n -> n.family() == family && n.length() == 0)) {
        out.add(new Criterion("another address family than " + joined(side.notNets()), false));
      }
    }
  }

  private boolean isIcmp() {
    return protocol == (source.family() == Family.IPV4 ? ICMP : ICMPV6);
  }

  /** Packets of ICMP are taken to be echo requests. */
  private boolean is(Rule.Icmp icmp) {
    int type = source.family() == Family.IPV4 ? 8 : 128;
    return (icmp.type() == null || icmp.type() == type)
        && (icmp.code() == null || icmp.code() == 0);
  }

  private static String joined(List<?> values) {
    return values.stream().map(Object::toString).collect(Collectors.joining(", "));
  }

  /** What is asked of one end. */
  private final class End {
    private final String name;
    private final Ip ip;
    private final int port;
    private final TracedSets sets;
    private final List<Criterion> out;

    End(String name, Ip ip, int port, TracedSets sets, List<Criterion> out) {
      this.name = name;
      this.ip = ip;
      this.port = port;
      this.sets = sets;
      this.out = out;
    }

    private void add(String asked, boolean holds) {
      out.add(new Criterion(name + " " + asked, holds));
    }

    void ask(Side side) {
      if (!side.nets().isEmpty()) {
        add("in " + joined(side.nets()), side.nets().stream().anyMatch(n -> n.contains(ip)));
      }
      if (!side.notNets().isEmpty()) {
        boolean in = side.notNets().stream().anyMatch(n -> n.contains(ip));
        add("not in " + joined(side.notNets()), !in);
      }
      side.sets().forEach(set -> add(sets.text(set), isIn(set)));
      side.notSets().forEach(set -> add("not " + sets.text(set), !isIn(set)));
      if (!side.ports().isEmpty() || !side.namedPortSets().isEmpty()) {
        add(
            "port " + ports(side.ports(), side.namedPortSets()),
            isOn(side.ports(), side.namedPortSets()));
      }
      if (!side.notPorts().isEmpty() || !side.notNamedPortSets().isEmpty()) {
        add(
            "port other than " + ports(side.notPorts(), side.notNamedPortSets()),
            !isOn(side.notPorts(), side.notNamedPortSets()));
      }
      side.ipPortSets().forEach(set -> add(sets.text(set), isIn(set)));
    }

    private String ports(List<Port> numbers, List<SetId> named) {
      List<String> all = new ArrayList<>(numbers.stream().map(Port::toString).toList());
      named.forEach(set -> all.add(sets.text(set)));
      return String.join(", ", all);
    }

    private boolean isOn(List<Port> numbers, List<SetId> named) {
      return (WITH_PORTS.contains(protocol)
              && numbers.stream().anyMatch(p -> p.min() <= port && port <= p.max()))
          || named.stream().anyMatch(this::isIn);
    }

    private boolean isIn(SetId set) {
      return sets.holds(set, ip, protocol, port);
    }
  }

  /** The first thing that a rule asks and the packet is not; null if the rule matches. */
  static @Nullable Criterion missing(List<Criterion> criteria) {
    return criteria.stream().filter(c -> !c.holds()).findFirst().orElse(null);
  }
}
