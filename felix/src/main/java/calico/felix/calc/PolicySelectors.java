package calico.felix.calc;

import static java.util.Objects.requireNonNullElse;

import calico.model.resource.Kinds;
import calico.model.resource.PolicySpec;
import calico.model.resource.Resource;
import calico.model.resource.Rule;
import calico.model.selector.Selector;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites the several selectors of a policy or of one side of a rule into one, over the labels
 * that endpoints carry and inherit. The text of the result decides a set's identifier, so its
 * nesting follows upstream's exactly.
 */
final class PolicySelectors {
  static final String NAMESPACE_LABEL = "projectcalico.org/namespace";
  static final String SERVICE_ACCOUNT_LABEL = "projectcalico.org/serviceaccount";

  /** Prefixes of the labels that endpoints inherit from their namespace and service account. */
  static final String NAMESPACE_PREFIX = "pcns.";

  static final String SERVICE_ACCOUNT_PREFIX = "pcsa.";

  private PolicySelectors() {}

  /** Which endpoints a policy applies to. */
  static Selector ofPolicy(Resource<PolicySpec> policy) {
    PolicySpec spec = policy.spec();
    String text = text(spec.selector());
    if (policy.kind().equals(Kinds.NETWORK_POLICY)) {
      String own = inNamespace(text(policy.metadata().namespace()));
      text = text.isEmpty() ? own : "(" + text + ") && " + own;
      return Selector.parse(
          and(text, prefixed(text(spec.serviceAccountSelector()), SERVICE_ACCOUNT_PREFIX)));
    }
    // In a global policy that selects by namespace, all() means all that is in a namespace, also in
    // the policy's own selector; likewise for service accounts.
    if (!text(spec.namespaceSelector()).isEmpty()) {
      text = and(text, prefixed(text(spec.namespaceSelector()), NAMESPACE_PREFIX));
      text = text.replace("all()", "has(" + NAMESPACE_LABEL + ")");
    }
    if (!text(spec.serviceAccountSelector()).isEmpty()) {
      text = and(text, prefixed(text(spec.serviceAccountSelector()), SERVICE_ACCOUNT_PREFIX));
      text = text.replace("all()", "has(" + SERVICE_ACCOUNT_LABEL + ")");
    }
    return Selector.parse(text);
  }

  /**
   * One side of a rule as selectors.
   *
   * @param positive the address must be of something that this selects; null if any will do
   * @param negative the address must not be of something that this selects, and may be unknown
   */
  record Side(@Nullable Selector positive, @Nullable Selector negative) {}

  /**
   * The selectors of one side of a rule.
   *
   * @param namespace the policy's; empty for global policies and profiles
   */
  static Side ofEntity(Rule.Entity entity, String namespace) {
    String negative = text(entity.notSelector());
    String positive = positive(entity, namespace);
    if (positive.isEmpty()) {
      return new Side(null, negative.isEmpty() ? null : Selector.parse(negative));
    }
    // Within known endpoints the negative selector only narrows the positive one. Alone it has to
    // stay a set of its own, since it also matches addresses of no endpoint.
    return new Side(
        Selector.parse(
            negative.isEmpty() ? positive : "(" + positive + ") && (!(" + negative + "))"),
        null);
  }

  private static String positive(Rule.Entity entity, String namespace) {
    List<String> parts = new ArrayList<>();
    Rule.ServiceAccountMatch accounts = entity.serviceAccounts();
    if (accounts != null && !serviceAccounts(accounts).isEmpty()) {
      parts.add(serviceAccounts(accounts));
    }
    if (!text(entity.selector()).isEmpty()) {
      parts.add(text(entity.selector()));
    }
    String selector =
        parts.size() == 2
            ? "(" + parts.get(0) + ") && (" + parts.get(1) + ")"
            : String.join("", parts);
    String namespaces = namespaces(entity, namespace);
    boolean selects =
        !selector.isEmpty()
            || !text(entity.notSelector()).isEmpty()
            || !text(entity.namespaceSelector()).isEmpty();
    if (namespaces.isEmpty() || !selects) {
      return selector;
    }
    return selector.isEmpty() ? namespaces : "(" + namespaces + ") && (" + selector + ")";
  }

  /** A namespace selector selects endpoints by what they inherit from their namespace. */
  private static String namespaces(Rule.Entity entity, String namespace) {
    String selector = text(entity.namespaceSelector());
    if (selector.isEmpty()) {
      return namespace.isEmpty() ? "" : inNamespace(namespace);
    }
    return prefixed(selector, NAMESPACE_PREFIX)
        .replace("all()", "has(" + NAMESPACE_LABEL + ")")
        .replace("global()", "!has(" + NAMESPACE_LABEL + ")");
  }

  private static String serviceAccounts(Rule.ServiceAccountMatch match) {
    String selector = prefixed(text(match.selector()), SERVICE_ACCOUNT_PREFIX);
    List<String> names = requireNonNullElse(match.names(), List.of());
    if (names.isEmpty()) {
      return selector;
    }
    String named = SERVICE_ACCOUNT_LABEL + " in {'" + String.join("', '", names) + "'}";
    named = Selector.parse(named).canonical();
    return selector.isEmpty() ? named : "(" + selector + ") && (" + named + ")";
  }

  private static String inNamespace(String namespace) {
    return NAMESPACE_LABEL + " == '" + namespace + "'";
  }

  private static String and(String text, String more) {
    return more.isEmpty() ? text : text.isEmpty() ? more : "(" + text + ") && " + more;
  }

  /** The selector with a prefix before each label name. */
  private static String prefixed(String selector, String prefix) {
    return selector.isEmpty() ? "" : prefixed(Selector.parse(selector), prefix).canonical();
  }

  private static Selector prefixed(Selector selector, String prefix) {
    return switch (selector) {
      case Selector.All s -> s;
      case Selector.Global s -> s;
      case Selector.Has s -> new Selector.Has(prefix + s.label());
      case Selector.Equal s -> new Selector.Equal(prefix + s.label(), s.value());
      case Selector.NotEqual s -> new Selector.NotEqual(prefix + s.label(), s.value());
      case Selector.In s -> new Selector.In(prefix + s.label(), s.values());
      case Selector.NotIn s -> new Selector.NotIn(prefix + s.label(), s.values());
      case Selector.Contains s -> new Selector.Contains(prefix + s.label(), s.value());
      case Selector.StartsWith s -> new Selector.StartsWith(prefix + s.label(), s.value());
      case Selector.EndsWith s -> new Selector.EndsWith(prefix + s.label(), s.value());
      case Selector.And s -> new Selector.And(prefixed(s.operands(), prefix));
      case Selector.Or s -> new Selector.Or(prefixed(s.operands(), prefix));
      case Selector.Not s -> new Selector.Not(prefixed(s.operand(), prefix));
    };
  }

  private static List<Selector> prefixed(List<Selector> operands, String prefix) {
    return operands.stream().map(o -> prefixed(o, prefix)).toList();
  }

  private static String text(@Nullable String text) {
    return requireNonNullElse(text, "");
  }
}
