package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.key.ResourceKey;
import calico.model.resource.BgpFilterSpec;
import calico.model.resource.BgpFilterSpec.FilterRule;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.Severity;
import calico.model.resource.Validator;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a BGPFilter for routes of one family that go one way. The first rule that matches a
 * route decides; a route that none matches goes on to the next filter of the session.
 *
 * @param rules at least one
 */
record PeerFilter(
    Resource<BgpFilterSpec> resource, Family family, Direction direction, List<FilterRule> rules) {

  /** Which way routes go, seen from this node. */
  enum Direction {
    IMPORT,
    EXPORT;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Says a rule in a daemon's language. */
  interface Translation<T> {
    T of(FilterRule rule) throws Inexpressible;
  }

  /** A rule that is valid but that the daemon's language has no words for. */
  static final class Inexpressible extends Exception {
    private static final long serialVersionUID = 1;

    final String field;
    final String reason;

    Inexpressible(String field, String reason) {
      super(field + ": " + reason);
      this.field = field;
      this.reason = reason;
    }
  }

  /**
   * The prefixes of a rule.
   *
   * @param exact no length was given: the operators "Equal" and "NotEqual" mean the prefix itself,
   *     the others all that is in it
   * @param negated whether it matches all others
   */
  record Prefixes(Cidr cidr, int min, int max, boolean exact, boolean negated) {}

  /** Null if there is no such filter, or it has no rules for these routes. */
  static @Nullable PeerFilter of(BgpState state, String name, Family family, Direction direction) {
    Resource<BgpFilterSpec> resource = state.filters().get(name);
    if (resource == null) {
      return null;
    }
    BgpFilterSpec spec = resource.spec();
    List<FilterRule> rules =
        switch (direction) {
          case IMPORT -> family == Family.IPV4 ? spec.importV4() : spec.importV6();
          case EXPORT -> family == Family.IPV4 ? spec.exportV4() : spec.exportV6();
        };
    return rules == null || rules.isEmpty()
        ? null
        : new PeerFilter(resource, family, direction, rules);
  }

  ResourceKey<BgpFilterSpec> key() {
    return ResourceKey.of(resource);
  }

  /** {@code importV4}. */
  String field() {
    return direction.word() + "V" + family.version();
  }

  /**
   * The rules in a daemon's language; or null if any of them cannot be said in it, the resource is
   * malformed or the daemon is known to refuse it: then everything has to be rejected.
   *
   * @param faults what is wrong is added here
   */
  <T> @Nullable List<T> translate(
      BgpState state, Translation<T> translation, Collection<Fault> faults) {
    List<Problem> problems = problems();
    List<T> all = new ArrayList<>();
    for (int i = 0; i < rules.size() && problems.isEmpty(); i++) {
      try {
        all.add(translation.of(rules.get(i)));
      } catch (Inexpressible e) {
        problems.add(
            Problem.error("spec.%s[%d].%s".formatted(field(), i, e.field), null, e.reason));
      }
    }
    problems.forEach(problem -> faults.add(new Fault(key(), problem)));
    return problems.isEmpty() && !state.refused().containsKey(key()) ? all : null;
  }

  /** What is wrong with the rules, or with the resource as a whole. */
  private List<Problem> problems() {
    List<Problem> found = new ArrayList<>();
    for (Problem problem : Validator.validate(resource)) {
      String path = problem.fieldPath();
      boolean here =
          path.startsWith("spec." + field()) || !path.matches("spec\\.(im|ex)portV[46].*");
      boolean unknown = problem.reason().equals(Validator.UNKNOWN_FIELD);
      if (here && (problem.severity() == Severity.ERROR || unknown)) {
        found.add(Problem.error(path, problem.value(), problem.reason()));
      }
    }
    return found;
  }

  /** The prefixes that a rule matches, or null if it does not say. */
  static @Nullable Prefixes prefixes(FilterRule rule) throws Inexpressible {
    String text = rule.cidr();
    if (text == null || text.isEmpty()) {
      return null;
    }
    Cidr cidr = Cidr.parse(text);
    String operator = String.valueOf(rule.matchOperator());
    boolean negated = operator.startsWith("Not");
    boolean itself = operator.endsWith("Equal");
    int bits = cidr.family().bits();
    BgpFilterSpec.PrefixLength length = rule.prefixLength();
    if (length == null) {
      return new Prefixes(cidr, cidr.length(), itself ? cidr.length() : bits, true, negated);
    }
    if (itself) {
      throw new Inexpressible(
          "prefixLength", "lengths are compared by In and NotIn; matchOperator is " + operator);
    }
    int min = Math.max(cidr.length(), length.min() == null ? 0 : length.min());
    int max = Math.min(bits, length.max() == null ? bits : length.max());
    if (min > max) {
      throw new Inexpressible(
          "prefixLength", "no prefix in %s has a length from %d to %d".formatted(cidr, min, max));
    }
    return new Prefixes(cidr, min, max, false, negated);
  }
}
