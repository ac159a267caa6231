package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.key.ResourceKey;
import calico.model.resource.AsNumber;
import calico.model.resource.BgpFilterSpec;
import calico.model.resource.BgpFilterSpec.FilterRule;
import calico.model.resource.BgpFilterSpec.Operation;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.Severity;
import calico.model.resource.Validator;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The BGPFilters that sessions name, as functions of BIRD: one for each direction and family that a
 * filter has rules for. A function accepts or rejects the routes that its rules decide about, and
 * returns for all others.
 *
 * <p>A filter fails closed: if one of a function's rules cannot be said in BIRD's language, or the
 * whole resource is malformed, the function rejects everything.
 */
final class PeerFilters {
  /** BIRD's limit for symbols is 64; this is what the rest of a function's name leaves. */
  private static final int MAX_NAME = 45;

  private static final int KEPT_OF_LONG_NAME = 28;

  /** Which way routes go, seen from this node. */
  enum Direction {
    IMPORT,
    EXPORT;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final BgpState state;
  private final Family family;
  private final Collection<Fault> faults;

  /**
   * @param faults what is refused is added here
   */
  PeerFilters(BgpState state, Family family, Collection<Fault> faults) {
    this.state = state;
    this.family = family;
    this.faults = faults;
  }

  /** The functions of the filters of these names; names without a filter are passed over. */
  String functions(Collection<String> names) {
    StringBuilder out = new StringBuilder();
    for (String name : new TreeSet<>(names)) {
      for (Direction direction : Direction.values()) {
        Resource<BgpFilterSpec> filter = state.filters().get(name);
        if (filter != null && !rules(filter, direction).isEmpty()) {
          out.append(function(filter, direction));
        }
      }
    }
    return out.toString();
  }

  /** Statements that ask the filters of these names, in this order. */
  String calls(List<String> names, Direction direction, boolean sameAs) {
    StringBuilder out = new StringBuilder();
    for (String name : names) {
      Resource<BgpFilterSpec> filter = state.filters().get(name);
      if (filter != null && !rules(filter, direction).isEmpty()) {
        out.append("%s(%s); ".formatted(functionName(name, direction), sameAs));
      }
    }
    return out.toString();
  }

  private String function(Resource<BgpFilterSpec> filter, Direction direction) {
    String field = field(direction);
    List<Problem> problems = problems(filter, field);
    StringBuilder body = new StringBuilder();
    List<FilterRule> rules = rules(filter, direction);
    for (int i = 0; i < rules.size() && problems.isEmpty(); i++) {
      try {
        body.append("  ").append(statement(rules.get(i), direction)).append('\n');
      } catch (Inexpressible e) {
        problems.add(Problem.error("spec.%s[%d].%s".formatted(field, i, e.field), null, e.reason));
      }
    }
    ResourceKey<?> key = ResourceKey.of(filter);
    problems.forEach(problem -> faults.add(new Fault(key, problem)));
    boolean sound = problems.isEmpty() && !state.refused().containsKey(key);
    String text = sound ? body.toString() : "  reject; # the filter is refused\n";
    String name = functionName(filter.metadata().name(), direction);
    return "# %s, %s\nfunction %s(bool same_as) {\n%s}\n\n"
        .formatted(BirdConfig.comment(key.toString()), field, name, text);
  }

  /** What is wrong with the rules of a field, or with the resource as a whole. */
  private List<Problem> problems(Resource<BgpFilterSpec> filter, String field) {
    List<Problem> found = new ArrayList<>();
    for (Problem problem : Validator.validate(filter)) {
      String path = problem.fieldPath();
      boolean here = path.startsWith("spec." + field) || !path.matches("spec\\.(im|ex)portV[46].*");
      boolean unknown = problem.reason().equals(Validator.UNKNOWN_FIELD);
      if (here && (problem.severity() == Severity.ERROR || unknown)) {
        found.add(Problem.error(path, problem.value(), problem.reason()));
      }
    }
    return found;
  }

  private List<FilterRule> rules(Resource<BgpFilterSpec> filter, Direction direction) {
    BgpFilterSpec spec = filter.spec();
    List<FilterRule> rules =
        switch (direction) {
          case IMPORT -> family == Family.IPV4 ? spec.importV4() : spec.importV6();
          case EXPORT -> family == Family.IPV4 ? spec.exportV4() : spec.exportV6();
        };
    return rules == null ? List.of() : rules;
  }

  private String field(Direction direction) {
    return direction.word() + "V" + family.version();
  }

  /** Upstream's name for it, {@code 'bgp_NAME_importFilterV4'}, in quotes. */
  private String functionName(String filter, Direction direction) {
    return "'bgp_%s_%sFilterV%d'".formatted(symbol(filter), direction.word(), family.version());
  }

  private static String symbol(String name) {
    if (name.length() <= MAX_NAME) {
      return name;
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      String hex = HexFormat.of().withUpperCase().formatHex(digest, 0, 8);
      return name.substring(0, KEPT_OF_LONG_NAME) + "_" + hex;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private String statement(FilterRule rule, Direction direction) throws Inexpressible {
    List<String> conditions = conditions(rule);
    StringBuilder then = new StringBuilder();
    for (Operation operation : listOf(rule.operations())) {
      then.append(change(operation));
    }
    boolean accepts = rule.action().equals("Accept");
    boolean comesIn = direction == Direction.IMPORT;
    then.append(!accepts ? "reject;" : comesIn ? RouteFilters.take(family) + "();" : "accept;");
    return conditions.isEmpty()
        ? then.toString()
        : "if %s then { %s }".formatted(String.join(" && ", conditions), then);
  }

  private static List<String> conditions(FilterRule rule) throws Inexpressible {
    List<String> all = new ArrayList<>();
    if (isSet(rule.peerType())) {
      all.add("iBGP".equals(rule.peerType()) ? "same_as" : "!same_as");
    }
    String cidr = rule.cidr();
    if (cidr != null && !cidr.isEmpty()) {
      all.add("net " + prefixes(rule, Cidr.parse(cidr)));
    }
    if (isSet(rule.source())) {
      all.add("source = RTS_BGP");
    }
    if (isSet(rule.interfaceName())) {
      all.add("defined(ifname) && ifname ~ \"%s\"".formatted(rule.interfaceName()));
    }
    if (rule.communities() != null) {
      Community community = Community.parse(rule.communities().values().getFirst());
      all.add("%s ~ %s".formatted(community.literal(), community.attribute()));
    }
    List<AsNumber> path = listOf(rule.asPathPrefix());
    if (!path.isEmpty()) {
      all.add("bgp_path ~ [= %s * =]".formatted(joined(path)));
    }
    if (rule.priority() != null) {
      all.add(
          "defined(bgp_local_pref) && bgp_local_pref = "
              + (RouteFilters.PRIORITY_SUM - rule.priority()));
    }
    return all;
  }

  private static String prefixes(FilterRule rule, Cidr cidr) throws Inexpressible {
    String operator =
        switch (String.valueOf(rule.matchOperator())) {
          case "Equal" -> "=";
          case "NotEqual" -> "!=";
          case "In" -> "~";
          default -> "!~";
        };
    BgpFilterSpec.PrefixLength length = rule.prefixLength();
    if (length == null) {
      return operator + " " + cidr;
    }
    if (!operator.endsWith("~")) {
      throw new Inexpressible(
          "prefixLength",
          "lengths are compared by In and NotIn; matchOperator is " + rule.matchOperator());
    }
    int bits = cidr.family().bits();
    int min = Math.max(cidr.length(), length.min() == null ? 0 : length.min());
    int max = Math.min(bits, length.max() == null ? bits : length.max());
    if (min > max) {
      throw new Inexpressible(
          "prefixLength", "no prefix in %s has a length from %d to %d".formatted(cidr, min, max));
    }
    return "%s [ %s{%d,%d} ]".formatted(operator, cidr, min, max);
  }

  private static String change(Operation operation) {
    if (operation.addCommunity() != null) {
      return Community.parse(operation.addCommunity().value()).addition() + " ";
    }
    if (operation.setPriority() != null) {
      int priority = operation.setPriority().value();
      return "krt_metric = %d; bgp_local_pref = %d; "
          .formatted(priority, RouteFilters.PRIORITY_SUM - priority);
    }
    StringBuilder out = new StringBuilder();
    if (operation.prependASPath() != null) {
      for (AsNumber as : operation.prependASPath().prefix().reversed()) {
        out.append("bgp_path.prepend(").append(as).append("); ");
      }
    }
    return out.toString();
  }

  private static String joined(List<AsNumber> path) {
    return String.join(" ", path.stream().map(AsNumber::toString).toList());
  }

  private static <T> List<T> listOf(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static boolean isSet(@Nullable String text) {
    return text != null && !text.isEmpty();
  }

  /** A rule that is valid but that BIRD's language has no words for. */
  private static final class Inexpressible extends Exception {
    private static final long serialVersionUID = 1;

    final String field;
    final String reason;

    Inexpressible(String field, String reason) {
      super(field + ": " + reason);
      this.field = field;
      this.reason = reason;
    }
  }
}
