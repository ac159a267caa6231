package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.key.Query;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.PolicySpec;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Resource;
import calico.model.resource.TierSpec;
import calico.model.selector.Labels;
import calico.model.selector.Selector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which policies apply to which endpoints: selectors over the labels that an endpoint has and those
 * that it inherits from its profiles, where labels of its namespace and of its service account have
 * prefixes.
 *
 * @param labelsToApply by profile
 * @param tierOrder by tier
 */
record PolicySelection(
    Map<String, Map<String, String>> labelsToApply,
    Map<String, Double> tierOrder,
    List<Resource<PolicySpec>> policies) {

  private static final String NAMESPACE_PREFIX = "pcns.";
  private static final String ACCOUNT_PREFIX = "pcsa.";
  private static final String NAMESPACE_LABEL = "projectcalico.org/namespace";
  private static final String ACCOUNT_LABEL = "projectcalico.org/serviceaccount";

  /**
   * A policy as it is matched.
   *
   * @param namespace null for a global policy
   */
  record Rule(
      String shown,
      @Nullable String namespace,
      Selector selector,
      @Nullable Selector namespaces,
      @Nullable Selector accounts) {}

  static PolicySelection read(Datastore datastore) {
    Map<String, Map<String, String>> labels = new HashMap<>();
    for (Entry<Resource<ProfileSpec>> e : datastore.list(Query.all(Kinds.PROFILE)).entries()) {
      Map<String, String> own = e.value().spec().labelsToApply();
      labels.put(e.value().metadata().name(), own == null ? Map.of() : own);
    }
    Map<String, Double> tiers = new HashMap<>();
    for (Entry<Resource<TierSpec>> e : datastore.list(Query.all(Kinds.TIER)).entries()) {
      Double order = e.value().spec().order();
      tiers.put(e.value().metadata().name(), order == null ? Double.MAX_VALUE : order);
    }
    List<Resource<PolicySpec>> policies = new ArrayList<>();
    for (Kind<PolicySpec> kind : List.of(Kinds.GLOBAL_NETWORK_POLICY, Kinds.NETWORK_POLICY)) {
      datastore.list(Query.all(kind)).entries().forEach(e -> policies.add(e.value()));
    }
    return new PolicySelection(labels, tiers, policies);
  }

  /** All policies: by tier, then by their own order, then by name. */
  List<Rule> inOrder() {
    return policies.stream()
        .sorted(
            Comparator.comparingDouble(
                    (Resource<PolicySpec> p) ->
                        tierOrder.getOrDefault(tier(p.spec()), Double.MAX_VALUE))
                .thenComparing(p -> tier(p.spec()))
                .thenComparingDouble(
                    p -> p.spec().order() == null ? Double.MAX_VALUE : p.spec().order())
                .thenComparing(p -> p.metadata().name()))
        .map(p -> rule(p, p.spec()))
        .toList();
  }

  Rule rule(Resource<?> policy, PolicySpec spec) {
    String namespace = policy.metadata().namespace();
    String shown =
        "%s %s%s (tier %s, order %s)"
            .formatted(
                policy.kind(),
                namespace == null ? "" : namespace + "/",
                policy.metadata().name(),
                tier(spec),
                Numbers.shortest(spec.order()));
    Selector own = selector(spec.selector());
    return new Rule(
        shown,
        namespace,
        own == null ? Selector.parse("") : own,
        selector(spec.namespaceSelector()),
        selector(spec.serviceAccountSelector()));
  }

  /** Whether a policy applies to an endpoint. */
  boolean applies(
      Rule rule,
      @Nullable String namespace,
      Resource<?> endpoint,
      @Nullable List<String> profiles) {
    if (rule.namespace() != null && !rule.namespace().equals(namespace)) {
      return false;
    }
    Labels labels = name -> label(name, endpoint, profiles);
    return rule.selector().matches(labels)
        && inherited(rule.namespaces(), labels, NAMESPACE_PREFIX, NAMESPACE_LABEL)
        && inherited(rule.accounts(), labels, ACCOUNT_PREFIX, ACCOUNT_LABEL);
  }

  /** Whoever has no namespace, or no service account, is of none that a selector selects. */
  private static boolean inherited(
      @Nullable Selector selector, Labels labels, String prefix, String mark) {
    return selector == null
        || (labels.get(mark) != null && selector.matches(name -> labels.get(prefix + name)));
  }

  private @Nullable String label(
      String name, Resource<?> endpoint, @Nullable List<String> profiles) {
    String own = endpoint.metadata().labels().get(name);
    if (own != null || profiles == null) {
      return own;
    }
    for (String profile : profiles) {
      String value = labelsToApply.getOrDefault(profile, Map.of()).get(name);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  private static @Nullable Selector selector(@Nullable String text) {
    return text == null || text.isEmpty() ? null : Selector.parse(text);
  }

  private static String tier(PolicySpec spec) {
    return spec.tier() == null || spec.tier().isEmpty() ? "default" : spec.tier();
  }
}
