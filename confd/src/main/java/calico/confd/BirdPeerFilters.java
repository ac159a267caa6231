package calico.confd;

import calico.confd.PeerFilter.Direction;
import calico.confd.PeerFilter.Inexpressible;
import calico.confd.PeerFilter.Prefixes;
import calico.model.Family;
import calico.model.resource.AsNumber;
import calico.model.resource.BgpFilterSpec.FilterRule;
import calico.model.resource.BgpFilterSpec.Operation;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The BGPFilters that sessions name, as functions of BIRD: one for each direction and family that a
 * filter has rules for. A function accepts or rejects the routes that its rules decide about, and
 * returns for all others.
 */
final class BirdPeerFilters {
  /** BIRD's limit for symbols is 64; this is what the rest of a function's name leaves. */
  private static final int MAX_NAME = 45;

  private static final int KEPT_OF_LONG_NAME = 28;

  private final BgpState state;
  private final Family family;
  private final Collection<Fault> faults;

  /**
   * @param faults what is refused is added here
   */
  BirdPeerFilters(BgpState state, Family family, Collection<Fault> faults) {
    this.state = state;
    this.family = family;
    this.faults = faults;
  }

  /** The functions of the filters of these names; names without a filter are passed over. */
  String functions(Collection<String> names) {
    StringBuilder out = new StringBuilder();
    for (String name : new TreeSet<>(names)) {
      for (Direction direction : Direction.values()) {
        PeerFilter filter = PeerFilter.of(state, name, family, direction);
        if (filter != null) {
          out.append(function(filter));
        }
      }
    }
    return out.toString();
  }

  /** Statements that ask the filters of these names, in this order. */
  String calls(List<String> names, Direction direction, boolean sameAs) {
    StringBuilder out = new StringBuilder();
    for (String name : names) {
      PeerFilter filter = PeerFilter.of(state, name, family, direction);
      if (filter != null) {
        out.append("%s(%s); ".formatted(functionName(filter), sameAs));
      }
    }
    return out.toString();
  }

  private String function(PeerFilter filter) {
    List<String> statements =
        filter.translate(state, rule -> statement(rule, filter.direction()), faults);
    String text =
        statements == null
            ? "  reject; # the filter is refused\n"
            : "  " + String.join("\n  ", statements) + "\n";
    return "# %s, %s\nfunction %s(bool same_as) {\n%s}\n\n"
        .formatted(
            BirdConfig.comment(filter.key().toString()),
            filter.field(),
            functionName(filter),
            text);
  }

  /** Upstream's name for it, {@code 'bgp_NAME_importFilterV4'}, in quotes. */
  private static String functionName(PeerFilter filter) {
    return "'bgp_%s_%sFilterV%d'"
        .formatted(
            symbol(filter.key().name()), filter.direction().word(), filter.family().version());
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
    then.append(!accepts ? "reject;" : comesIn ? BirdRouteFilters.take(family) + "();" : "accept;");
    return conditions.isEmpty()
        ? then.toString()
        : "if %s then { %s }".formatted(String.join(" && ", conditions), then);
  }

  private static List<String> conditions(FilterRule rule) throws Inexpressible {
    List<String> all = new ArrayList<>();
    if (isSet(rule.peerType())) {
      all.add("iBGP".equals(rule.peerType()) ? "same_as" : "!same_as");
    }
    Prefixes prefixes = PeerFilter.prefixes(rule);
    if (prefixes != null) {
      all.add("net " + condition(prefixes));
    }
    if (isSet(rule.source())) {
      all.add("source = RTS_BGP");
    }
    if (isSet(rule.interfaceName())) {
      all.add("defined(ifname) && ifname ~ \"%s\"".formatted(rule.interfaceName()));
    }
    if (rule.communities() != null) {
      Community community = Community.parse(rule.communities().values().getFirst());
      all.add("%s ~ %s".formatted(literal(community), attribute(community)));
    }
    List<AsNumber> path = listOf(rule.asPathPrefix());
    if (!path.isEmpty()) {
      all.add("bgp_path ~ [= %s * =]".formatted(joined(path)));
    }
    if (rule.priority() != null) {
      all.add(
          "defined(bgp_local_pref) && bgp_local_pref = "
              + (BgpSettings.PRIORITY_SUM - rule.priority()));
    }
    return all;
  }

  private static String condition(Prefixes prefixes) {
    boolean itself = prefixes.exact() && prefixes.max() == prefixes.cidr().length();
    String not = prefixes.negated() ? "!" : "";
    if (prefixes.exact()) {
      return "%s%s %s".formatted(not, itself ? "=" : "~", prefixes.cidr());
    }
    return "%s~ [ %s{%d,%d} ]".formatted(not, prefixes.cidr(), prefixes.min(), prefixes.max());
  }

  private static String change(Operation operation) {
    if (operation.addCommunity() != null) {
      return addition(Community.parse(operation.addCommunity().value())) + " ";
    }
    if (operation.setPriority() != null) {
      int priority = operation.setPriority().value();
      return "krt_metric = %d; bgp_local_pref = %d; "
          .formatted(priority, BgpSettings.PRIORITY_SUM - priority);
    }
    StringBuilder out = new StringBuilder();
    if (operation.prependASPath() != null) {
      for (AsNumber as : operation.prependASPath().prefix().reversed()) {
        out.append("bgp_path.prepend(").append(as).append("); ");
      }
    }
    return out.toString();
  }

  /** The statement that adds a community to a route. */
  static String addition(Community community) {
    return attribute(community) + ".add(" + literal(community) + ");";
  }

  private static String literal(Community community) {
    return "(" + community.joined(",") + ")";
  }

  /** The attribute of a route that holds communities of this kind. */
  private static String attribute(Community community) {
    return community.isLarge() ? "bgp_large_community" : "bgp_community";
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
}
