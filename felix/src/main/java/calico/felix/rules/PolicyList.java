package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.state.StateKey.PolicyId;
import java.util.ArrayList;
import java.util.List;

/**
 * Policies of a tier that are asked one after the other until one decides: what a tier says to an
 * endpoint in one direction. Many endpoints have the same, so a list has a chain of its own that
 * they share.
 *
 * @param policies at least one
 */
public record PolicyList(Layer layer, Direction direction, String tier, List<PolicyId> policies) {
  /** One policy in so many ends its part. */
  private static final int USUAL_LENGTH = 16;

  private static final int MAX_LENGTH = 64;

  public PolicyList {
    policies = List.copyOf(policies);
  }

  /**
   * Some of its policies, in parts. Where they are cut depends on the policies there, not on how
   * many come before: one that is added or removed changes the part that it is in, and others stay
   * what they are, for other lists too.
   *
   * @param some in their order
   */
  public List<PolicyList> cut(List<PolicyId> some) {
    List<PolicyList> parts = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < some.size(); i++) {
      int to = i + 1;
      if (endsPart(some.get(i)) || to - from == MAX_LENGTH || to == some.size()) {
        parts.add(new PolicyList(layer, direction, tier, some.subList(from, to)));
        from = to;
      }
    }
    return parts;
  }

  /** Its policies one by one. */
  public List<PolicyList> cutUp() {
    return policies.stream()
        .map(policy -> new PolicyList(layer, direction, tier, List.of(policy)))
        .toList();
  }

  private static boolean endsPart(PolicyId policy) {
    int spread = (policy.name().hashCode() + policy.namespace().hashCode()) * 0x9E3779B9;
    return Integer.remainderUnsigned(spread >>> 16, USUAL_LENGTH) == 0;
  }

  /** The list's chain. */
  public ChainKey key() {
    return ObjectNames.policies(layer, direction, tier + policies);
  }

  /** The chain that tries a part. */
  public ChainKey partKey() {
    return policies.size() == 1
        ? ObjectNames.policy(layer, direction, policies.getFirst())
        : ObjectNames.policies(layer, direction, "part " + tier + policies);
  }

  /** For people, such as {@code GlobalNetworkPolicy(a) and 3 more in tier default}. */
  public String text() {
    int more = policies.size() - 1;
    return policies.getFirst() + (more == 0 ? "" : " and " + more + " more") + " in tier " + tier;
  }
}
