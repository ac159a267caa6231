package calico.felix.state;

import calico.model.resource.PolicySpec;
import calico.model.selector.Selector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A policy's rules with every selector resolved to a set.
 *
 * @param written what they were made from, rule by rule; null for rules that nobody wrote
 */
public record Policy(
    List<ResolvedRule> ingress, List<ResolvedRule> egress, @Nullable Written written) {

  /** Rules that nobody wrote. */
  public Policy(List<ResolvedRule> ingress, List<ResolvedRule> egress) {
    this(ingress, egress, null);
  }

  /**
   * The policy as its author has it, for what is enforced elsewhere than in the kernel.
   *
   * @param selector of the endpoints that it applies to, all of its selectors in one
   */
  public record Written(Selector selector, PolicySpec spec) {}
}
