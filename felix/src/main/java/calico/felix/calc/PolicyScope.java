package calico.felix.calc;

import static java.util.Objects.requireNonNullElse;

import calico.felix.state.StateKey.PolicyId;
import calico.model.resource.PolicySpec;
import calico.model.resource.Resource;
import calico.model.resource.TierSpec;
import calico.model.selector.Selector;
import calico.model.selector.SelectorSyntaxException;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a policy says besides its rules: whom it applies to, where it stands among the others, and
 * which directions it governs.
 *
 * @param stage where on a packet's way it acts
 * @param onForward whether it applies to what passes through a host endpoint, too
 * @param everywhere whether every node has it at hand, whether or not it applies to something there
 */
record PolicyScope(
    PolicyId id,
    Selector selector,
    String tier,
    double order,
    boolean ingress,
    boolean egress,
    Stage stage,
    boolean onForward,
    boolean everywhere) {

  /** Where on a packet's way a policy acts. */
  enum Stage {
    /** Before connection tracking; at host endpoints only. */
    UNTRACKED,
    /** Before the destination is translated; at host endpoints only. */
    PRE_DNAT,
    /** At workloads and host endpoints. */
    NORMAL
  }

  boolean forWorkloads() {
    return stage == Stage.NORMAL;
  }

  /** Position inside a tier. */
  static final Comparator<PolicyScope> ORDER =
      Comparator.comparingDouble(PolicyScope::order).thenComparing(PolicyScope::id);

  /**
   * The scope of a policy.
   *
   * @return null if its selectors cannot be read: such a policy applies to nothing
   */
  static @Nullable PolicyScope of(Resource<PolicySpec> policy) {
    Selector selector;
    try {
      selector = PolicySelectors.ofPolicy(policy);
    } catch (SelectorSyntaxException _) {
      return null; // validation has reported it, with column and reason
    }
    PolicySpec spec = policy.spec();
    List<String> types = requireNonNullElse(spec.types(), List.of());
    // The API fills types in when a policy is written; one that has none is older than types are.
    boolean both = types.isEmpty();
    return new PolicyScope(
        id(policy),
        selector,
        spec.tier() == null || spec.tier().isEmpty() ? "default" : spec.tier(),
        // Adding zero turns -0.0, which would compare as less than 0.0, into 0.0.
        spec.order() == null ? Double.POSITIVE_INFINITY : spec.order() + 0.0,
        both || types.stream().anyMatch("Ingress"::equalsIgnoreCase),
        both || types.stream().anyMatch("Egress"::equalsIgnoreCase),
        Boolean.TRUE.equals(spec.doNotTrack())
            ? Stage.UNTRACKED
            : Boolean.TRUE.equals(spec.preDNAT()) ? Stage.PRE_DNAT : Stage.NORMAL,
        Boolean.TRUE.equals(spec.applyOnForward()),
        requireNonNullElse(spec.performanceHints(), List.<String>of())
            .contains("AssumeNeededOnEveryNode"));
  }

  private static PolicyId id(Resource<PolicySpec> policy) {
    return new PolicyId(
        policy.kind().name(),
        requireNonNullElse(policy.metadata().namespace(), ""),
        policy.metadata().name());
  }

  /**
   * Where a tier stands among the others and what it does with what none of its policies decides.
   *
   * @param order infinite for the tiers without one
   */
  record TierRank(boolean exists, double order, String name, boolean passByDefault)
      implements Comparable<TierRank> {

    /**
     * The rank of a tier.
     *
     * @param tier null if it does not exist: its policies apply after all others, and it denies
     */
    static TierRank of(String name, @Nullable TierSpec tier) {
      if (tier == null) {
        return new TierRank(false, Double.POSITIVE_INFINITY, name, false);
      }
      double order = tier.order() == null ? Double.POSITIVE_INFINITY : tier.order() + 0.0;
      return new TierRank(true, order, name, "Pass".equals(tier.defaultAction()));
    }

    @Override
    public int compareTo(TierRank o) {
      int c = Boolean.compare(o.exists, exists);
      c = c != 0 ? c : Double.compare(order, o.order);
      return c != 0 ? c : name.compareTo(o.name);
    }
  }
}
