package calico.felix.rules;

import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.RulesConfig.LogLimit;
import calico.felix.state.ResolvedRule;
import calico.model.Family;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Match;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The two chains of a policy or profile. A rule that decides sets its mark and returns, or denies.
 */
final class PolicyChains {
  /** {@code LOG_INFO}. */
  private static final int LOG_LEVEL = 6;

  private final Family family;
  private final RulesConfig config;
  private final Map<NftKey, NftObject> objects = new HashMap<>();
  private final Set<NftKey> references = new HashSet<>();

  PolicyChains(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
  }

  /** What the rendered chains consist of, with the chains that the caller adds. */
  Map<NftKey, NftObject> objects() {
    return objects;
  }

  Set<NftKey> references() {
    return references;
  }

  /**
   * Renders one direction.
   *
   * @param identity of the policy, for comments
   * @param logText what a Log rule's lines begin with
   */
  NftChain chain(String identity, String logText, Direction direction, List<ResolvedRule> rules) {
    ChainBuilder chain = new ChainBuilder(family, config);
    for (int i = 0; i < rules.size(); i++) {
      ResolvedRule rule = rules.get(i);
      String text = text(identity, direction, i, rule);
      RuleMatch match = new RuleMatch(family, rule);
      for (List<Expr> alternative : match.alternatives()) {
        act(chain, text, alternative, rule.action(), logText);
      }
      objects.putAll(match.objects());
      references.addAll(match.references());
    }
    return chain.chain();
  }

  private void act(
      ChainBuilder chain,
      String text,
      List<Expr> match,
      ResolvedRule.Action action,
      String logText) {
    switch (action) {
      case ALLOW -> chain.counted(text, match, mark(config.acceptMark()));
      case PASS -> chain.counted(text, match, mark(config.passMark()));
      case DENY -> chain.deny(text, match);
      case LOG -> {
        String prefix = logText + ": ";
        int length = Math.min(prefix.length(), DeniedPackets.MAX_TEXT_CHARS);
        LogLimit limit = config.logLimit();
        List<Expr> within =
            limit == null
                ? List.of()
                : List.of(
                    new Expr.Limit(
                        limit.rate(),
                        limit.unitSeconds(),
                        limit.burst(),
                        Expr.LimitUnit.PACKETS,
                        false));
        chain.counted(
            text, Match.all(match, within), new Expr.Log(prefix.substring(0, length), LOG_LEVEL));
      }
    }
  }

  private static Expr[] mark(int bit) {
    List<Expr> all = Match.all(Match.setMark(bit, bit), List.of(Match.giveBack()));
    return all.toArray(Expr[]::new);
  }

  /** What is said of a rule: whose it is, which, and its annotations. */
  static String text(String identity, Direction direction, int number, ResolvedRule rule) {
    return identity + " " + direction.text() + " rule " + number + annotations(rule);
  }

  private static String annotations(ResolvedRule rule) {
    if (rule.annotations().isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    new TreeMap<>(rule.annotations())
        .forEach((k, v) -> text.append(' ').append(k).append('=').append(v));
    return text.toString().replaceAll("[^ A-Za-z0-9_./:=,@+-]", "_");
  }
}
