package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.state.StateKey.PolicyId;
import java.util.ArrayList;
import java.util.List;

/**
 * Policies of a tier that are tried one after the other until one decides. Many endpoints have the
 * same policies, or nearly the same, so what a tier says is cut into lists with chains of their own
 * that endpoints share.
 *
 * <p>Where it is cut depends on the policies there, not on how many come before: a policy that is
 * added or removed changes the list that it is in, and others stay what they are.
 *
 * @param policies at least one
 */
record PolicyList(String tier, List<PolicyId> policies) {
  /** One policy in so many ends its list. */
  private static final int USUAL_LENGTH = 16;

  private static final int MAX_LENGTH = 64;

  /** The same policies in the same order, cut. */
  static List<PolicyList> cut(String tier, List<PolicyId> policies) {
    List<PolicyList> lists = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < policies.size(); i++) {
      int to = i + 1;
      if (endsList(policies.get(i)) || to - from == MAX_LENGTH || to == policies.size()) {
        lists.add(new PolicyList(tier, List.copyOf(policies.subList(from, to))));
        from = to;
      }
    }
    return lists;
  }

  private static boolean endsList(PolicyId policy) {
    int spread = (policy.name().hashCode() + policy.namespace().hashCode()) * 0x9E3779B9;
    return Integer.remainderUnsigned(spread >>> 16, USUAL_LENGTH) == 0;
  }

  ChainKey key(Layer layer, Direction direction) {
    return ObjectNames.policies(layer, direction, toString());
  }

  /** For people, such as {@code GlobalNetworkPolicy(a) and 3 more in tier default}. */
  String text() {
    int more = policies.size() - 1;
    return policies.getFirst() + (more == 0 ? "" : " and " + more + " more") + " in tier " + tier;
  }
}
