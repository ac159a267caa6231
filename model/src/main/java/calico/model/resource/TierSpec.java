package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.OneOf;
import org.jspecify.annotations.Nullable;

/**
 * A tier of policies.
 *
 * @param order lower first; null means 1,000,000
 * @param defaultAction Deny or Pass
 */
public record TierSpec(
    @Doc("Tiers are evaluated in this order, lower first.") @Default("1000000")
        @Nullable Double order,
    @Doc("What happens to packets that the tier's policies apply to and no rule decides.")
        @OneOf({"Deny", "Pass"})
        @Default(value = "\"Deny\"", stored = true)
        @Nullable String defaultAction,
    Unknown unknown) {}
