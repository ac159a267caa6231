package calico.felix.dataplane;

import calico.netlink.nftables.Batch;
import calico.netlink.nftables.Chain;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Nftables;
import calico.netlink.nftables.Rule;
import calico.netlink.nftables.Table;
import calico.netlink.nftables.TableFamily;
import calico.netlink.nftables.Verdict;
import calico.reconcile.Target;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an upstream Felix that used iptables has left in the tables of iptables-nft, by table.
 * Nothing of it is wanted: its chains would go on judging by what was known when it ended, and deny
 * to workloads that came since. Chains are its own by their names, rules in others' chains because
 * they lead there or by their comments. Those of iptables-legacy are another kernel subsystem's,
 * and stay.
 */
final class IptablesTarget implements Target<Table, List<String>> {
  private static final Logger LOG = LoggerFactory.getLogger(IptablesTarget.class);
  private static final String CHAIN_PREFIX = "cali-";
  private static final String COMMENT_PREFIX = "cali:";
  private static final List<Table> TABLES =
      List.of(TableFamily.IP, TableFamily.IP6).stream()
          .flatMap(
              f -> List.of("filter", "nat", "mangle", "raw").stream().map(n -> new Table(f, n)))
          .toList();

  private final Nftables nftables;

  IptablesTarget(Nftables nftables) {
    this.nftables = nftables;
  }

  @Override
  public Map<Table, List<String>> list() {
    Map<Table, List<String>> found = new HashMap<>();
    List<Table> present = nftables.tables();
    for (Table table : TABLES) {
      List<String> chains = present.contains(table) ? chains(table) : List.of();
      if (!chains.isEmpty()) {
        found.put(table, chains);
      }
    }
    return found;
  }

  private List<String> chains(Table table) {
    return nftables.chains(table).stream()
        .map(Chain::name)
        .filter(name -> name.startsWith(CHAIN_PREFIX))
        .sorted()
        .toList();
  }

  @Override
  public Map<Table, Exception> apply(Map<Table, List<String>> updates, Set<Table> deletions) {
    Map<Table, Exception> failed = new HashMap<>();
    for (Table table : deletions) {
      try {
        remove(table);
      } catch (RuntimeException e) {
        failed.put(table, e);
      }
    }
    return failed;
  }

  private void remove(Table table) {
    List<String> chains = chains(table);
    Batch batch = new Batch(table);
    for (Rule rule : nftables.rules(table)) {
      if (!rule.chain().startsWith(CHAIN_PREFIX)
          && rule.expressions().stream().anyMatch(IptablesTarget::isIts)) {
        batch.deleteRule(rule.chain(), rule.handle());
      }
    }
    chains.forEach(batch::flushChain);
    chains.forEach(batch::deleteChain);
    nftables.commit(batch);
    LOG.info("removed what another Felix had left: table={} chains={}", table, chains);
  }

  private static boolean isIts(Expr expression) {
    return switch (expression) {
      case Expr.Immediate(_, Verdict.Jump jump) -> jump.chain().startsWith(CHAIN_PREFIX);
      case Expr.Immediate(_, Verdict.Goto to) -> to.chain().startsWith(CHAIN_PREFIX);
      case Expr.Unknown unknown ->
          new String(unknown.data().bytes(), StandardCharsets.ISO_8859_1).contains(COMMENT_PREFIX);
      default -> false;
    };
  }
}
