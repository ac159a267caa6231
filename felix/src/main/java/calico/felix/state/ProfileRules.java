package calico.felix.state;

import java.util.List;

/** A profile's rules with every selector resolved to a set. */
public record ProfileRules(List<ResolvedRule> ingress, List<ResolvedRule> egress) {}
