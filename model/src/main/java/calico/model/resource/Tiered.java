package calico.model.resource;

import org.jspecify.annotations.Nullable;

/** The spec of a policy that is in a tier. */
public sealed interface Tiered permits PolicySpec, StagedPolicySpec {
  /** The tier's name; null, like the empty string, is "default". */
  @Nullable String tier();
}
