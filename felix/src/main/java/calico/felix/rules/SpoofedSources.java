package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.felix.state.LocalEndpoint;
import calico.model.Cidr;
import calico.model.Family;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.Meta;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.MetaKey;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.Value;
import calico.netlink.nftables.Verdict;
import java.util.List;
import java.util.Map;

/**
 * Exceptions from the rule that a workload sends from its own addresses only.
 *
 * <pre>
 * raw-cali-PREROUTING -&gt; map by input interface to rpf-skip-IF: source allowed? accept
 * </pre>
 */
final class SpoofedSources {
  private static final SetKey BY_INTERFACE = new SetKey(Layer.RAW.named("rpf-skip"));

  private final Family family;
  private final RulesConfig config;

  SpoofedSources(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
  }

  /** Before sources are checked; the map is there if any workload may be an exception. */
  void beforeSourceCheck(ChainBuilder chain, Map<NftKey, NftObject> objects) {
    if (config.sourceSpoofing()) {
      objects.put(
          BY_INTERFACE, new NftSet(SetSpec.verdictMap(BY_INTERFACE.name(), DataType.IFNAME)));
      chain.rule(
          "Foreign addresses that are allowed",
          List.of(new Meta(MetaKey.IIFNAME, Expr.REG_1)),
          Match.vmap(BY_INTERFACE.name()));
    }
  }

  /** Adds an endpoint's exceptions. */
  void render(LocalEndpoint endpoint, Map<NftKey, NftObject> objects) {
    List<Cidr> nets = endpoint.spoofed().stream().filter(n -> n.family() == family).toList();
    if (!config.sourceSpoofing() || nets.isEmpty()) {
      return;
    }
    String name = endpoint.interfaceName();
    ConstantSets sets = new ConstantSets(family);
    SetKey allowed = sets.nets(nets);
    objects.putAll(sets.objects());
    ChainKey chain = ObjectNames.chain(Layer.RAW.named("rpf-skip-" + name));
    objects.put(
        chain,
        new ChainBuilder(family, config)
            .counted(
                "Foreign address that is allowed",
                List.of(
                    Match.saddrInto(family == Family.IPV4, Expr.REG_1), Match.in(allowed.name())),
                Match.accept())
            .chain());
    NftElement element =
        new NftElement(Element.of(Value.ifname(name), new Verdict.Jump(chain.name())));
    objects.put(element.key(BY_INTERFACE), element);
  }
}
