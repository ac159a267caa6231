package calico.felix.state;

import calico.model.resource.ProfileSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A profile's rules with every selector resolved to a set.
 *
 * @param written what they were made from, rule by rule; null for rules that nobody wrote
 */
public record ProfileRules(
    List<ResolvedRule> ingress, List<ResolvedRule> egress, @Nullable ProfileSpec written) {

  /** Rules that nobody wrote. */
  public ProfileRules(List<ResolvedRule> ingress, List<ResolvedRule> egress) {
    this(ingress, egress, null);
  }
}
