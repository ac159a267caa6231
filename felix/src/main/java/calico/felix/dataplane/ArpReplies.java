package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.felix.rules.NftRule;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.StateKey;
import calico.model.Family;
import calico.netlink.nftables.BaseChain;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.Base;
import calico.netlink.nftables.Hook;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.MetaKey;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.Table;
import calico.netlink.nftables.TableFamily;
import calico.netlink.nftables.Value;
import calico.reconcile.Reconciler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the host from answering a workload's question for its own address. The host answers for
 * whatever it routes elsewhere (proxy ARP), and a virtual machine that comes from another node asks
 * whether its address is free while that is still routed to where it was.
 *
 * <pre>
 * table arp calico-arp, chain filter-OUTPUT: arp operation reply oifname . arp saddr ip @own drop
 * </pre>
 */
final class ArpReplies {
  static final Table TABLE = new Table(TableFamily.ARP, "calico-arp");

  private static final SetKey OWN = new SetKey("own");
  private static final SetSpec SPEC = SetSpec.set(OWN.name(), DataType.IFNAME, DataType.IPV4_ADDR);

  /** RFC 826, of a packet for Ethernet and IPv4. */
  private static final int OPERATION_OFFSET = 6;

  private static final int SENDER_OFFSET = 14;
  private static final int REPLY = 2;

  private final Reconciler<NftKey, NftObject> table;
  private final Map<StateKey.Endpoint, Set<NftElement>> elements = new HashMap<>();

  ArpReplies(Reconciler<NftKey, NftObject> table) {
    this.table = table;
    table.desire(OWN, new NftSet(SPEC));
    table.desire(
        new ChainKey("filter-OUTPUT"),
        new NftChain(BaseChain.filter(Hook.OUTPUT, 0), List.of(rule())));
  }

  private static NftRule rule() {
    return NftRule.of(
        "The workload's own address",
        List.of(
            new Expr.Payload(Base.NETWORK, OPERATION_OFFSET, 2, Expr.REG_1),
            new Expr.Cmp(Expr.CmpOp.EQ, Expr.REG_1, Value.be16(REPLY)),
            new Expr.Meta(MetaKey.OIFNAME, Expr.REG_1),
            new Expr.Payload(Base.NETWORK, SENDER_OFFSET, 4, Expr.REG_2),
            Match.in(OWN.name()),
            new Expr.Counter(0, 0),
            Match.drop()));
  }

  /** A workload; null if it is gone. */
  void put(StateKey.Endpoint id, @Nullable LocalEndpoint endpoint) {
    Set<NftElement> now = endpoint == null ? Set.of() : elements(endpoint);
    Set<NftElement> before = now.isEmpty() ? elements.remove(id) : elements.put(id, now);
    if (before != null) {
      before.stream()
          .filter(element -> !now.contains(element))
          .forEach(element -> table.undesire(element.key(OWN)));
    }
    now.forEach(element -> table.desire(element.key(OWN), element));
  }

  private static Set<NftElement> elements(LocalEndpoint endpoint) {
    return endpoint.networks().stream()
        .filter(net -> net.family() == Family.IPV4)
        .map(
            net ->
                new NftElement(
                    Element.of(
                        Value.concat(
                            Value.ifname(endpoint.interfaceName()),
                            Value.of(net.address().toBytes())))))
        .collect(Collectors.toSet());
  }

  Reconciler<NftKey, NftObject> table() {
    return table;
  }
}
