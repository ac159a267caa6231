package calico.model.resource;

import calico.model.Cidr;
import calico.model.Family;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What holds between the fields of a rule. */
final class RuleRules {
  private RuleRules() {}

  static void check(Rule r, boolean ingress, boolean global, Problems problems) {
    families(r, problems);
    http(r, ingress, problems);
    entity(r, r.source(), problems.at("source"));
    entity(r, r.destination(), problems.at("destination"));
    services(r, ingress, global, problems);
    contradictions(r, problems);
    if (r.metadata() != null && r.metadata().annotations() != null) {
      MetadataRules.annotations(r.metadata().annotations(), problems.at("metadata"));
    }
  }

  private static void families(Rule r, Problems problems) {
    Set<Family> seen = EnumSet.noneOf(Family.class);
    if (r.ipVersion() != null) {
      seen.add(r.ipVersion() == 6 ? Family.IPV6 : Family.IPV4);
    }
    for (String side : List.of("source", "destination")) {
      Rule.Entity e = side.equals("source") ? r.source() : r.destination();
      if (e != null) {
        nets(side + ".nets", e.nets(), false, seen, problems);
        nets(side + ".notNets", e.notNets(), true, seen, problems);
      }
    }
  }

  private static void nets(
      String field,
      @Nullable List<String> nets,
      boolean negated,
      Set<Family> seen,
      Problems problems) {
    for (int i = 0; nets != null && i < nets.size(); i++) {
      String text = nets.get(i);
      Cidr cidr = Cidr.tryParse(text);
      if (cidr == null) {
        continue;
      }
      Problems at = problems.at(field, i);
      if (text.indexOf('/') < 0) {
        at.error("", text, "the prefix length is required: " + cidr);
      }
      at.require(
          !(negated && cidr.length() == 0), "", text, "excludes every address: never matches");
      seen.add(cidr.family());
      if (seen.size() > 1) {
        at.error("", text, "all prefixes of a rule are of its one IP version");
        seen.remove(cidr.family());
      }
    }
  }

  private static void http(Rule r, boolean ingress, Problems problems) {
    Rule.Http http = r.http();
    if (http == null) {
      return;
    }
    problems.require(ingress, "http", null, "only ingress rules can match HTTP requests");
    List<String> methods = given(http.methods());
    problems.require(
        new HashSet<>(methods).size() == methods.size(),
        "http.methods",
        methods,
        "a method stands there twice");
    List<Rule.HttpPath> paths = given(http.paths());
    for (int i = 0; i < paths.size(); i++) {
      String exact = Objects.requireNonNullElse(paths.get(i).exact(), "");
      String prefix = Objects.requireNonNullElse(paths.get(i).prefix(), "");
      Problems at = problems.at("http").at("paths", i);
      at.require(exact.isEmpty() != prefix.isEmpty(), "", null, "expected one of exact, prefix");
      String path = exact + prefix;
      at.require(
          path.isEmpty() || path.matches("/[^? #]*"),
          exact.isEmpty() ? "prefix" : "exact",
          path,
          "a path starts with '/' and has no '?', '#' or blank");
    }
  }

  private static void entity(Rule r, Rule.@Nullable Entity e, Problems problems) {
    if (e == null) {
      return;
    }
    Protocol protocol = r.protocol();
    boolean anyPort = protocol != null && protocol.hasPorts();
    boolean namedOnly = protocol == null;
    ports("ports", e.ports(), anyPort, namedOnly, problems);
    ports("notPorts", e.notPorts(), anyPort, namedOnly, problems);
    problems.warnings(
        at -> {
          SelectorWarnings.check("selector", e.selector(), at);
          SelectorWarnings.check("notSelector", e.notSelector(), at);
          SelectorWarnings.check("namespaceSelector", e.namespaceSelector(), at);
        });
  }

  private static void ports(
      String field,
      @Nullable List<Port> ports,
      boolean anyPort,
      boolean namedOnly,
      Problems problems) {
    for (int i = 0; i < given(ports).size(); i++) {
      Port port = given(ports).get(i);
      problems
          .at(field, i)
          .require(port.name() != null || port.min() > 0, "", port, "a port is from 1");
    }
    boolean fits =
        anyPort
            || given(ports).isEmpty()
            || (namedOnly && given(ports).stream().allMatch(p -> p.name() != null));
    problems.require(fits, field, ports, "ports need protocol TCP, UDP or SCTP");
  }

  private static void services(Rule r, boolean ingress, boolean global, Problems problems) {
    Rule.Entity source = r.source();
    Rule.Entity destination = r.destination();
    Rule.ServiceMatch from = source == null ? null : source.services();
    Rule.ServiceMatch to = destination == null ? null : destination.services();
    problems.require(
        from == null || ingress, "source.services", null, "only in the source of ingress rules");
    problems.require(
        to == null || !ingress,
        "destination.services",
        null,
        "only in the destination of egress rules");
    if (global) {
      problems.require(
          from == null || isSet(from.namespace()),
          "source.services.namespace",
          null,
          "the field is required in a GlobalNetworkPolicy");
      problems.require(
          to == null || isSet(to.namespace()),
          "destination.services.namespace",
          null,
          "the field is required in a GlobalNetworkPolicy");
    }
  }

  private static void contradictions(Rule r, Problems problems) {
    if (r.protocol() != null
        && r.notProtocol() != null
        && r.protocol().number() == r.notProtocol().number()) {
      problems.warning(
          "notProtocol", r.notProtocol(), "excludes the rule's protocol: it never matches");
    }
    if (r.icmp() != null && r.icmp().equals(r.notICMP())) {
      problems.warning("notICMP", null, "excludes what icmp demands: it never matches");
    }
    excluded("source", r.source(), problems);
    excluded("destination", r.destination(), problems);
  }

  private static void excluded(String side, Rule.@Nullable Entity e, Problems problems) {
    if (e == null) {
      return;
    }
    if (e.selector() != null && !e.selector().isEmpty() && e.selector().equals(e.notSelector())) {
      problems.warning(
          side + ".notSelector", e.notSelector(), "excludes what selector demands: never matches");
    }
    List<String> nets = given(e.nets());
    if (!nets.isEmpty() && nets.stream().allMatch(n -> isWithin(n, given(e.notNets())))) {
      problems.warning(side + ".notNets", e.notNets(), "excludes all nets: it never matches");
    }
    List<Port> ports = given(e.ports());
    if (!ports.isEmpty() && ports.stream().allMatch(p -> isWithin(p, given(e.notPorts())))) {
      problems.warning(side + ".notPorts", e.notPorts(), "excludes all ports: it never matches");
    }
  }

  private static boolean isWithin(String net, List<String> others) {
    Cidr cidr = Cidr.tryParse(net);
    return cidr != null
        && others.stream()
            .map(Cidr::tryParse)
            .anyMatch(o -> o != null && o.family() == cidr.family() && o.contains(cidr));
  }

  private static boolean isWithin(Port port, List<Port> others) {
    return others.stream()
        .anyMatch(
            o ->
                port.name() != null
                    ? port.name().equals(o.name())
                    : o.name() == null && o.min() <= port.min() && o.max() >= port.max());
  }

  private static boolean isSet(@Nullable String text) {
    return text != null && !text.isEmpty();
  }

  private static <T> List<T> given(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
