package calico.felix.state;

import java.util.List;

/** A policy's rules with every selector resolved to a set. */
public record Policy(List<ResolvedRule> ingress, List<ResolvedRule> egress) {}
