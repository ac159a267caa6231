package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.nftables.BaseChain;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.Cmp;
import calico.netlink.nftables.Expr.CmpOp;
import calico.netlink.nftables.Expr.Fib;
import calico.netlink.nftables.Expr.FibFlag;
import calico.netlink.nftables.Expr.FibResult;
import calico.netlink.nftables.Hook;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.Value;
import calico.netlink.nftables.Verdict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Differentiated services code points of what leaves the cluster.
 *
 * <pre>
 * mangle-POSTROUTING-dscp  -&gt; map by source address to egress-dscp-CODEPOINT
 *   egress-dscp-CODEPOINT  -&gt; to a pool or to this host? return; set the code point
 * </pre>
 *
 * <p>All this exists while some address has a code point; chains are shared by equal code points.
 */
final class DscpChains {
  private static final int MANGLE = -150;
  private static final int LOCAL = 2;
  private static final SetKey BY_SOURCE = new SetKey(Layer.MANGLE.named("egress-dscp"));

  private final Family family;
  private final RulesConfig config;

  DscpChains(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
  }

  Rendering render(Ip source, int codePoint) {
    boolean ipv4 = family == Family.IPV4;
    ChainKey chain = ObjectNames.chain(Layer.MANGLE.named("egress-dscp-" + codePoint));
    Map<NftKey, NftObject> objects = new HashMap<>();
    objects.put(
        BY_SOURCE,
        new NftSet(
            SetSpec.verdictMap(BY_SOURCE.name(), ipv4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR)));
    objects.put(
        ObjectNames.chain("mangle-POSTROUTING-dscp"),
        new ChainBuilder(family, config)
            .rule(
                "By source",
                List.of(Match.saddrInto(ipv4, Expr.REG_1)),
                Match.vmap(BY_SOURCE.name()))
            .chain(BaseChain.filter(Hook.POSTROUTING, MANGLE)));
    objects.put(
        chain,
        new ChainBuilder(family, config)
            .rule(
                "Stays in the cluster",
                List.of(
                    Match.daddrInto(ipv4, Expr.REG_1),
                    Match.in(ObjectNames.allPools(family).name())),
                Match.giveBack())
            .rule(
                "Stays on the host",
                List.of(
                    new Fib(FibResult.ADDRESS_TYPE, Set.of(FibFlag.DESTINATION), Expr.REG_1),
                    new Cmp(CmpOp.EQ, Expr.REG_1, Value.host32(LOCAL))),
                Match.giveBack())
            .counted(
                "Code point of what leaves the cluster",
                List.of(),
                Match.setDscp(ipv4, codePoint).toArray(Expr[]::new))
            .chain());
    NftElement element =
        new NftElement(Element.of(Value.of(source.toBytes()), new Verdict.Jump(chain.name())));
    objects.put(element.key(BY_SOURCE), element);
    return new Rendering(objects, Set.of());
  }
}
