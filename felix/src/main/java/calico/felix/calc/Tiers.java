package calico.felix.calc;

import calico.felix.calc.PolicyScope.Stage;
import calico.felix.calc.PolicyScope.TierRank;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.StateKey.PolicyId;
import calico.model.resource.TierSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The tiers, and the policies of one endpoint in the order that they give. */
final class Tiers {
  private final Map<String, TierSpec> tiers = new HashMap<>();

  /**
   * A tier; null if it is gone.
   *
   * @return whether that makes a difference to endpoints
   */
  boolean put(String name, @Nullable TierSpec tier) {
    TierSpec old = tier == null ? tiers.remove(name) : tiers.put(name, tier);
    return !TierRank.of(name, old).equals(TierRank.of(name, tier));
  }

  int size() {
    return tiers.size();
  }

  List<TierPolicies> normal(List<PolicyScope> scopes) {
    return arrange(scopes, scope -> scope.stage() == Stage.NORMAL);
  }

  List<TierPolicies> forward(List<PolicyScope> scopes) {
    return arrange(scopes, scope -> scope.stage() == Stage.NORMAL && scope.onForward());
  }

  /** Normal policies come after these, so what they do not decide passes. */
  List<TierPolicies> untracked(List<PolicyScope> scopes) {
    return arrange(scopes, scope -> scope.stage() == Stage.UNTRACKED).stream()
        .map(tier -> new TierPolicies(tier.tier(), true, tier.ingress(), tier.egress()))
        .toList();
  }

  /** As untracked, but there is no egress before DNAT. */
  List<TierPolicies> preDnat(List<PolicyScope> scopes) {
    return arrange(scopes, scope -> scope.stage() == Stage.PRE_DNAT).stream()
        .filter(tier -> !tier.ingress().isEmpty())
        .map(tier -> new TierPolicies(tier.tier(), true, tier.ingress(), List.of()))
        .toList();
  }

  private List<TierPolicies> arrange(List<PolicyScope> scopes, Predicate<PolicyScope> wanted) {
    Map<TierRank, List<PolicyScope>> byTier = new TreeMap<>();
    for (PolicyScope scope : scopes) {
      if (wanted.test(scope)) {
        byTier
            .computeIfAbsent(
                TierRank.of(scope.tier(), tiers.get(scope.tier())), _ -> new ArrayList<>())
            .add(scope);
      }
    }
    List<TierPolicies> out = new ArrayList<>();
    byTier.forEach(
        (rank, inTier) -> {
          inTier.sort(PolicyScope.ORDER);
          List<PolicyId> ingress =
              inTier.stream().filter(PolicyScope::ingress).map(PolicyScope::id).toList();
          List<PolicyId> egress =
              inTier.stream().filter(PolicyScope::egress).map(PolicyScope::id).toList();
          if (!ingress.isEmpty() || !egress.isEmpty()) {
            out.add(new TierPolicies(rank.name(), rank.passByDefault(), ingress, egress));
          }
        });
    return List.copyOf(out);
  }
}
