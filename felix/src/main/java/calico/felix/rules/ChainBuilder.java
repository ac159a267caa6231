package calico.felix.rules;

import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.RulesConfig.DenyAction;
import calico.model.Family;
import calico.netlink.nftables.BaseChain;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Match;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects a chain's rules in order. */
final class ChainBuilder {
  private static final Expr COUNTER = new Expr.Counter(0, 0);

  private final Family family;
  private final RulesConfig config;
  private final List<NftRule> rules = new ArrayList<>();

  ChainBuilder(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
  }

  ChainBuilder rule(String text, List<Expr> match, Expr... then) {
    List<Expr> all = new ArrayList<>(match);
    all.addAll(List.of(then));
    rules.add(NftRule.of(text, all));
    return this;
  }

  ChainBuilder counted(String text, List<Expr> match, Expr... then) {
    List<Expr> all = new ArrayList<>(match);
    all.add(COUNTER);
    return rule(text, all, then);
  }

  /** Denies what matches, as configured. */
  ChainBuilder deny(String text, List<Expr> match) {
    return deny(text, match, config.denyAction());
  }

  /** Denies what matches in a way of its own. */
  ChainBuilder deny(String text, List<Expr> match, DenyAction action) {
    return refuse(text, match, denial(action));
  }

  /** Drops what matches without an answer, whatever is configured. */
  ChainBuilder drop(String text, List<Expr> match) {
    return refuse(text, match, Match.drop());
  }

  /** Resets the TCP connections of what matches, which has to be TCP. */
  ChainBuilder reset(String text, List<Expr> match) {
    return refuse(text, match, new Expr.Reject(Expr.RejectType.TCP_RESET, 0));
  }

  /** Counts what matches, and tells those who read {@link DeniedPackets#GROUP}. */
  private ChainBuilder refuse(String text, List<Expr> match, Expr how) {
    return counted(text, match, DeniedPackets.copy(text), how);
  }

  private Expr denial(DenyAction action) {
    return switch (action) {
      case DROP -> Match.drop();
      // Port unreachable: code 3 in ICMP, 4 in ICMPv6.
      case REJECT ->
          new Expr.Reject(Expr.RejectType.ICMP_UNREACHABLE, family == Family.IPV4 ? 3 : 4);
    };
  }

  /** What the rules say and where they jump: all that tells the chain from others. */
  String content() {
    StringBuilder content = new StringBuilder();
    for (NftRule rule : rules) {
      content.append(rule.comment()).append('\n');
      for (Expr expr : rule.expressions()) {
        if (expr instanceof Expr.Immediate then) {
          content.append(then.data()).append('\n');
        }
      }
    }
    return content.toString();
  }

  NftChain chain() {
    return chain(null);
  }

  NftChain chain(@Nullable BaseChain base) {
    return new NftChain(base, rules);
  }
}
