package calico.model.resource;

import java.util.Map;

/** The tiers that always exist cannot be changed. */
final class TierRules {
  private static final Map<String, TierSpec> BUILT_IN =
      Map.of(
          "kube-admin", new TierSpec(1_000.0, "Pass", Unknown.NONE),
          "default", new TierSpec(1_000_000.0, "Deny", Unknown.NONE),
          "kube-baseline", new TierSpec(10_000_000.0, "Pass", Unknown.NONE));

  private TierRules() {}

  static void check(String name, TierSpec tier, Problems problems) {
    TierSpec fixed = BUILT_IN.get(name);
    if (fixed != null) {
      problems.require(
          fixed.order() != null && fixed.order().equals(tier.order()),
          "order",
          tier.order(),
          "the order of the tier " + name + " is always " + fixed.order());
      String action = tier.defaultAction() == null ? "Deny" : tier.defaultAction();
      problems.require(
          action.equals(fixed.defaultAction()),
          "defaultAction",
          tier.defaultAction(),
          "the default action of the tier " + name + " is always " + fixed.defaultAction());
    }
  }
}
