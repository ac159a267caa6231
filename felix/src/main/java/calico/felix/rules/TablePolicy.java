package calico.felix.rules;

import calico.felix.state.Policy;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateKey.PolicyId;
import calico.felix.tables.ContentHash;
import calico.felix.tables.TableRule;
import calico.model.Family;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a policy says in one direction, as rules that a table can have.
 *
 * @param texts of each rule, for people
 * @param content a name for all of it
 */
public record TablePolicy(List<TableRule> rules, List<String> texts, String content) {

  /** Null if a table cannot say it. */
  public static @Nullable TablePolicy of(
      Family family, Direction direction, PolicyId id, Policy policy) {
    boolean ingress = direction == Direction.INGRESS;
    List<ResolvedRule> written = ingress ? policy.ingress() : policy.egress();
    List<@Nullable TableRule> all = TableRule.of(family, ingress, written);
    if (all == null) {
      return null;
    }
    List<TableRule> rules = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      TableRule rule = all.get(i);
      if (rule != null) {
        rules.add(rule);
        texts.add(PolicyChains.text(id.toString(), direction, i, written.get(i)));
      }
    }
    return new TablePolicy(rules, texts, ContentHash.name(texts.toString() + rules));
  }
}
