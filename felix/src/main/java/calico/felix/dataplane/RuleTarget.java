package calico.felix.dataplane;

import calico.model.Family;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.route.IpFamily;
import calico.netlink.route.RoutingRule;
import calico.netlink.route.Rtnetlink;
import calico.reconcile.Target;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which packets ask our routing tables first: all that do not bear a mark of one bit. Ours are the
 * rules of that form for our tables; there is nothing more to one, so the value is always true.
 */
final class RuleTarget implements Target<RoutingRule, Boolean> {
  private final Rtnetlink rtnetlink;
  private final DataplaneConfig config;

  RuleTarget(Rtnetlink rtnetlink, DataplaneConfig config) {
    this.rtnetlink = rtnetlink;
    this.config = config;
  }

  /** The rule that a family needs. */
  static RoutingRule rule(Family family, WireguardConfig config) {
    return new RoutingRule(
        of(family),
        config.rulePriority(),
        config.device(family).table(),
        config.mark(),
        config.mark(),
        true);
  }

  private static IpFamily of(Family family) {
    return family == Family.IPV4 ? IpFamily.IPV4 : IpFamily.IPV6;
  }

  @Override
  public Map<RoutingRule, Boolean> list() {
    Map<RoutingRule, Boolean> found = new HashMap<>();
    for (Family family : Kernel.families(config)) {
      int table = config.overlay().wireguard().device(family).table();
      for (RoutingRule rule : rtnetlink.rules(of(family))) {
        boolean oneBit = rule.mark() == rule.mask() && Integer.bitCount(rule.mark()) == 1;
        if (rule.table() == table && rule.inverted() && oneBit) {
          found.put(rule, true);
        }
      }
    }
    return found;
  }

  @Override
  public Map<RoutingRule, Exception> apply(
      Map<RoutingRule, Boolean> updates, Set<RoutingRule> deletions) {
    Map<RoutingRule, Exception> failed = new HashMap<>();
    deletions.forEach(rule -> attempt(rule, failed, Errno.ENOENT, () -> rtnetlink.delete(rule)));
    updates
        .keySet()
        .forEach(rule -> attempt(rule, failed, Errno.EEXIST, () -> rtnetlink.add(rule)));
    return failed;
  }

  private static void attempt(
      RoutingRule rule, Map<RoutingRule, Exception> failed, int done, Runnable change) {
    try {
      change.run();
    } catch (NetlinkException e) {
      if (e.errno() != done) {
        failed.put(rule, e);
      }
    }
  }
}
