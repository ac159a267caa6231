package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.TrafficLimits;
import calico.felix.state.TrafficLimits.PacketRate;
import calico.model.Family;
import calico.netlink.nftables.BaseChain;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.Limit;
import calico.netlink.nftables.Expr.LimitUnit;
import calico.netlink.nftables.Expr.Meta;
import calico.netlink.nftables.Hook;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.MetaKey;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.Value;
import calico.netlink.nftables.Verdict;
import java.util.List;
import java.util.Map;

/**
 * Limits of packets and connections.
 *
 * <pre>
 * filter-INPUT-rate    -&gt; map by input interface to fwr-IF
 * filter-FORWARD-rate  -&gt; map by input interface to fwr-IF; by output interface to twr-IF
 * fw-IF, tw-IF         -&gt; fwc-IF, twc-IF: too many connections? reset
 * </pre>
 *
 * <p>A rate counts every packet, those of known connections too, so it has hooks of its own, before
 * the others. They exist while some endpoint has a rate: a node without any does not pay for them.
 *
 * <p>What a limit has counted is in its rule and is lost when its chain is written again. Therefore
 * each has a chain of its own, which a change of policy leaves alone.
 */
final class LimitChains {
  private static final SetKey FROM = new SetKey(Layer.FILTER.named("from-wl-rate"));
  private static final SetKey TO = new SetKey(Layer.FILTER.named("to-wl-rate"));
  private static final int BEFORE_FILTER = -1;
  private static final int TCP = 6;

  private final Family family;
  private final RulesConfig config;

  LimitChains(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
  }

  static TrafficLimits limits(LocalEndpoint endpoint, Direction direction) {
    return direction == Direction.INGRESS ? endpoint.ingress() : endpoint.egress();
  }

  /** The chain that resets connections above the limit. */
  static ChainKey connections(Direction direction, String interfaceName) {
    return chain(direction, "c-", interfaceName);
  }

  private static ChainKey chain(Direction direction, String suffix, String interfaceName) {
    String prefix = direction == Direction.INGRESS ? "tw" : "fw";
    return ObjectNames.chain(Layer.FILTER.named(prefix + suffix + interfaceName));
  }

  /** Adds what an endpoint's limits of one direction need. */
  void render(LocalEndpoint endpoint, Direction direction, Map<NftKey, NftObject> objects) {
    TrafficLimits limits = limits(endpoint, direction);
    String name = endpoint.interfaceName();
    if (limits.maxConnections() > 0) {
      objects.put(
          connections(direction, name),
          builder()
              .reset(
                  "More than " + limits.maxConnections() + " connections, " + direction.text(),
                  Match.all(
                      Match.l4proto(TCP),
                      List.of(new Expr.Connlimit((int) limits.maxConnections(), true))))
              .chain());
    }
    PacketRate rate = limits.packetRate();
    if (rate != null) {
      hooks(objects);
      ChainKey chain = chain(direction, "r-", name);
      objects.put(
          chain,
          builder()
              .drop(
                  "More than " + rate.perSecond() + " packets per second, " + direction.text(),
                  List.of(new Limit(rate.perSecond(), 1, rate.burst(), LimitUnit.PACKETS, true)))
              .chain());
      NftElement element =
          new NftElement(Element.of(Value.ifname(name), new Verdict.Jump(chain.name())));
      objects.put(element.key(direction == Direction.INGRESS ? TO : FROM), element);
    }
  }

  private void hooks(Map<NftKey, NftObject> objects) {
    for (SetKey map : List.of(FROM, TO)) {
      objects.put(map, new NftSet(SetSpec.verdictMap(map.name(), DataType.IFNAME)));
    }
    objects.put(
        ObjectNames.chain("filter-INPUT-rate"),
        lookup(builder(), MetaKey.IIFNAME, FROM)
            .chain(BaseChain.filter(Hook.INPUT, BEFORE_FILTER)));
    objects.put(
        ObjectNames.chain("filter-FORWARD-rate"),
        lookup(lookup(builder(), MetaKey.IIFNAME, FROM), MetaKey.OIFNAME, TO)
            .chain(BaseChain.filter(Hook.FORWARD, BEFORE_FILTER)));
  }

  private static ChainBuilder lookup(ChainBuilder chain, MetaKey interfaceName, SetKey map) {
    return chain.rule(
        "By interface", List.of(new Meta(interfaceName, Expr.REG_1)), Match.vmap(map.name()));
  }

  private ChainBuilder builder() {
    return new ChainBuilder(family, config);
  }
}
