package calico.felix.calc;

import static java.util.Objects.requireNonNullElse;

import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateKey.PolicyId;
import calico.felix.state.StateKey.SetId;
import calico.model.Cidr;
import calico.model.resource.PolicySpec;
import calico.model.resource.Port;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Protocol;
import calico.model.resource.Rule;
import calico.model.resource.Unknown;
import calico.model.selector.Selector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a policy or profile with references to sets in place of selectors and named ports,
 * and what those sets are. Rules keep their positions.
 *
 * @param standIn whether these are in place of rules that cannot be read or do not exist
 */
record RuleResolution(
    List<ResolvedRule> ingress,
    List<ResolvedRule> egress,
    Map<SetId, SetSource> sets,
    boolean standIn) {

  /** Stands in for a profile that does not exist. */
  static final RuleResolution DENY = standIn("Deny");

  /** The profile {@code projectcalico-default-allow}, which exists without being stored. */
  static final RuleResolution ALLOW = standIn("Allow");

  static final String DEFAULT_ALLOW_PROFILE = "projectcalico-default-allow";

  private static Rule onlyAction(String action) {
    return new Rule(action, null, null, null, null, null, null, null, null, null, Unknown.NONE);
  }

  private static RuleResolution standIn(String action) {
    List<Rule> only = List.of(onlyAction(action));
    RuleResolution rules = of(only, only, "");
    return new RuleResolution(rules.ingress, rules.egress, Map.of(), true);
  }

  /** What is made known of a policy with these rules. */
  Policy policy(Selector selector, PolicySpec spec) {
    return new Policy(ingress, egress, standIn ? null : new Policy.Written(selector, spec));
  }

  /** What is made known of a profile with these rules. */
  ProfileRules profile(@Nullable ProfileSpec spec) {
    return new ProfileRules(ingress, egress, standIn ? null : spec);
  }

  /** A policy's rules. */
  static RuleResolution ofPolicy(PolicyId id, PolicySpec spec) {
    return ofOrDeny(spec.ingress(), spec.egress(), id.namespace());
  }

  /**
   * A profile's rules.
   *
   * @param profile null if there is none of that name: then they deny
   */
  static RuleResolution ofProfile(String name, @Nullable ProfileSpec profile) {
    if (profile == null) {
      return name.equals(DEFAULT_ALLOW_PROFILE) ? ALLOW : DENY;
    }
    return ofOrDeny(profile.ingress(), profile.egress(), "");
  }

  /** Validation excludes rules that cannot be read. Should one come through, it fails closed. */
  private static RuleResolution ofOrDeny(
      @Nullable List<Rule> ingress, @Nullable List<Rule> egress, String namespace) {
    try {
      return of(ingress, egress, namespace);
    } catch (IllegalArgumentException _) {
      return DENY;
    }
  }

  /**
   * Resolves rules.
   *
   * @param namespace the policy's; empty for global policies and profiles
   * @throws IllegalArgumentException if an action, selector or prefix cannot be read
   */
  private static RuleResolution of(
      @Nullable List<Rule> ingress, @Nullable List<Rule> egress, String namespace) {
    Map<SetId, SetSource> sets = new LinkedHashMap<>();
    return new RuleResolution(
        requireNonNullElse(ingress, List.<Rule>of()).stream()
            .map(r -> resolve(r, namespace, sets))
            .toList(),
        requireNonNullElse(egress, List.<Rule>of()).stream()
            .map(r -> resolve(r, namespace, sets))
            .toList(),
        sets,
        false);
  }

  private static ResolvedRule resolve(Rule rule, String namespace, Map<SetId, SetSource> sets) {
    int protocol = namedPortProtocol(rule.protocol());
    return new ResolvedRule(
        action(rule.action()),
        ipVersion(rule),
        rule.protocol() == null ? null : rule.protocol().number(),
        rule.notProtocol() == null ? null : rule.notProtocol().number(),
        rule.icmp(),
        rule.notICMP(),
        side(rule.source(), false, namespace, protocol, sets),
        side(rule.destination(), true, namespace, protocol, sets),
        rule.metadata() == null
            ? Map.of()
            : requireNonNullElse(rule.metadata().annotations(), Map.of()));
  }

  private static ResolvedRule.Action action(String action) {
    return switch (action) {
      case "Allow" -> ResolvedRule.Action.ALLOW;
      case "Deny" -> ResolvedRule.Action.DENY;
      case "Log" -> ResolvedRule.Action.LOG;
      case "Pass" -> ResolvedRule.Action.PASS;
      default ->
          throw new IllegalArgumentException(
              "rule action '" + action + "' is not Allow, Deny, Log or Pass");
    };
  }

  /** A rule for ICMP by name is for one family; by number it is for both, as upstream has it. */
  private static @Nullable Integer ipVersion(Rule rule) {
    Protocol protocol = rule.protocol();
    if (rule.ipVersion() != null || protocol == null || protocol.name() == null) {
      return rule.ipVersion();
    }
    return "ICMP".equalsIgnoreCase(protocol.name())
        ? Integer.valueOf(4)
        : "ICMPv6".equalsIgnoreCase(protocol.name()) ? 6 : null;
  }

  /** Any protocol but UDP and SCTP finds the ports of TCP, as upstream has it. */
  private static int namedPortProtocol(@Nullable Protocol protocol) {
    if (protocol == null) {
      return SetSource.NamedPort.ANY_PROTOCOL;
    }
    return protocol.number() == 17 || protocol.number() == 132 ? protocol.number() : 6;
  }

  private static ResolvedRule.Side side(
      Rule.@Nullable Entity entity,
      boolean destination,
      String namespace,
      int protocol,
      Map<SetId, SetSource> sets) {
    if (entity == null) {
      return ResolvedRule.Side.ANY;
    }
    PolicySelectors.Side selectors = PolicySelectors.ofEntity(entity, namespace);
    Selector positive = selectors.positive();
    Selector negative = selectors.negative();
    List<Port> ports = requireNonNullElse(entity.ports(), List.of());
    List<Port> notPorts = requireNonNullElse(entity.notPorts(), List.of());

    List<SetId> positiveSets = new ArrayList<>();
    List<SetId> ipPortSets = new ArrayList<>();
    // Named ports are already filtered by the positive selector; it is needed beside them only for
    // numeric ports. That holds for negated named ports too: if the positive selector does not
    // match, neither does the rule.
    if (positive != null && (ports.isEmpty() || ports.stream().anyMatch(p -> p.name() == null))) {
      positiveSets.add(use(SetSource.Selected.of(positive), sets));
    }
    String service = service(entity, namespace);
    if (service != null) {
      (destination ? ipPortSets : positiveSets)
          .add(use(SetSource.Service.of(service, destination), sets));
    }
    return new ResolvedRule.Side(
        cidrs(entity.nets()),
        cidrs(entity.notNets()),
        List.copyOf(positiveSets),
        negative == null ? List.of() : List.of(use(SetSource.Selected.of(negative), sets)),
        numeric(ports),
        numeric(notPorts),
        named(ports, positive, protocol, sets),
        named(notPorts, positive, protocol, sets),
        List.copyOf(ipPortSets));
  }

  private static @Nullable String service(Rule.Entity entity, String namespace) {
    Rule.ServiceMatch match = entity.services();
    if (match == null || match.name() == null || match.name().isEmpty()) {
      return null;
    }
    return requireNonNullElse(match.namespace(), namespace) + "/" + match.name();
  }

  private static List<Cidr> cidrs(@Nullable List<String> nets) {
    return requireNonNullElse(nets, List.<String>of()).stream().map(Cidr::parse).toList();
  }

  private static List<Port> numeric(List<Port> ports) {
    return ports.stream().filter(p -> p.name() == null).toList();
  }

  private static List<SetId> named(
      List<Port> ports, @Nullable Selector positive, int protocol, Map<SetId, SetSource> sets) {
    Selector selector = positive == null ? Selector.parse("all()") : positive;
    List<SetId> ids = new ArrayList<>();
    for (Port port : ports) {
      if (port.name() != null) {
        ids.add(use(SetSource.NamedPort.of(selector, port.name(), protocol), sets));
      }
    }
    return List.copyOf(ids);
  }

  private static SetId use(SetSource source, Map<SetId, SetSource> sets) {
    sets.putIfAbsent(source.id(), source);
    return source.id();
  }
}
