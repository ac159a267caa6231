package calico.model.resource;

import org.jspecify.annotations.Nullable;

/**
 * A tier of policies.
 *
 * @param order lower first; null means 1,000,000
 * @param defaultAction Deny or Pass
 */
public record TierSpec(@Nullable Double order, @Nullable String defaultAction, Unknown unknown) {}
