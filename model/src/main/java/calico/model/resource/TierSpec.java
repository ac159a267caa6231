package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.Holds;
import calico.model.schema.OneOf;
import org.jspecify.annotations.Nullable;

/**
 * A tier of policies.
 *
 * @param order lower first
 * @param defaultAction Deny or Pass
 */
@Holds(
    value =
        "self.metadata.name != 'kube-admin'"
            + " || (has(self.spec.order) && self.spec.order == 1000.0)",
    field = "order",
    ofObject = true,
    otherwise = "the order of the tier kube-admin is always 1000")
@Holds(
    value =
        "self.metadata.name != 'kube-admin'"
            + " || (has(self.spec.defaultAction) && self.spec.defaultAction == 'Pass')",
    field = "defaultAction",
    ofObject = true,
    otherwise = "the default action of the tier kube-admin is always Pass")
@Holds(
    value =
        "self.metadata.name != 'default'"
            + " || (has(self.spec.order) && self.spec.order == 1000000.0)",
    field = "order",
    ofObject = true,
    otherwise = "the order of the tier default is always 1000000")
@Holds(
    value =
        "self.metadata.name != 'default'"
            + " || (has(self.spec.defaultAction) && self.spec.defaultAction == 'Deny')",
    field = "defaultAction",
    ofObject = true,
    otherwise = "the default action of the tier default is always Deny")
@Holds(
    value =
        "self.metadata.name != 'kube-baseline'"
            + " || (has(self.spec.order) && self.spec.order == 10000000.0)",
    field = "order",
    ofObject = true,
    otherwise = "the order of the tier kube-baseline is always 10000000")
@Holds(
    value =
        "self.metadata.name != 'kube-baseline'"
            + " || (has(self.spec.defaultAction) && self.spec.defaultAction == 'Pass')",
    field = "defaultAction",
    ofObject = true,
    otherwise = "the default action of the tier kube-baseline is always Pass")
public record TierSpec(
    @Doc("Tiers are evaluated in this order, lower first.")
        @Default(value = "1000000", stored = true)
        @Nullable Double order,
    @Doc("What happens to packets that the tier's policies apply to and no rule decides.")
        @OneOf({"Deny", "Pass"})
        @Default(value = "\"Deny\"", stored = true)
        @Nullable String defaultAction,
    Unknown unknown) {
  /** The order, also of a tier that was stored without one. */
  public double effectiveOrder() {
    return order == null ? 1_000_000 : order;
  }
}
