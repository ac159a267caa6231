package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.Inline;
import calico.model.schema.OneOf;
import org.jspecify.annotations.Nullable;

/**
 * A policy that is not enforced: what would become of the policy with the same name.
 *
 * @param policy without fields other than tier if the action is Delete
 */
public record StagedPolicySpec(
    @Doc("What would be done with the policy of this name.")
        @OneOf({"Set", "Delete", "Learn", "Ignore"})
        @Default(value = "\"Set\"", stored = true)
        @Nullable String stagedAction,
    @Inline PolicySpec policy)
    implements Tiered {

  /** Whether the policy would be deleted. */
  public boolean deletes() {
    return "Delete".equals(stagedAction);
  }

  @Override
  public @Nullable String tier() {
    return policy.tier();
  }
}
