package calico.felix.rules;

import calico.felix.rules.NftKey.ElementKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.nftables.BaseChain;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.MapLookup;
import calico.netlink.nftables.Expr.Nat;
import calico.netlink.nftables.Expr.NatType;
import calico.netlink.nftables.Hook;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.SetSpec.MapTarget.ToValue;
import calico.netlink.nftables.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Translation of floating addresses, by two maps whose elements are the addresses.
 *
 * <pre>
 * nat-cali-PREROUTING, nat-OUTPUT -&gt; fip-dnat: destination external -&gt; internal
 * nat-cali-POSTROUTING            -&gt; fip-snat: source and destination both internal -&gt; source external
 * </pre>
 *
 * The latter is for a workload that talks to itself by its floating address: the answer has to come
 * back through the translation.
 */
final class FloatingIpChains {
  private static final int OUTPUT_NAT = 110;

  private final Family family;
  private final RulesConfig config;

  FloatingIpChains(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
  }

  private DataType address() {
    return family == Family.IPV4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR;
  }

  /** The chains and the maps without elements; whoever has the hooks jumps to them. */
  Map<NftKey, NftObject> always() {
    Map<NftKey, NftObject> objects = new LinkedHashMap<>();
    ToValue toAddress = new ToValue(List.of(address()));
    SetKey dnat = ObjectNames.FLOATING_DNAT_MAP;
    SetKey snat = ObjectNames.FLOATING_SNAT_MAP;
    objects.put(
        dnat, new NftSet(new SetSpec(dnat.name(), List.of(address()), false, toAddress, 0)));
    objects.put(
        snat,
        new NftSet(new SetSpec(snat.name(), List.of(address(), address()), false, toAddress, 0)));
    boolean ipv4 = family == Family.IPV4;
    objects.put(
        ObjectNames.FLOATING_DNAT,
        new ChainBuilder(family, config)
            .rule(
                "To a floating address",
                List.of(
                    Match.daddrInto(ipv4, Expr.REG_1),
                    new MapLookup(dnat.name(), Expr.REG_1, Expr.REG_1)),
                nat(NatType.DNAT, Expr.REG_1))
            .chain());
    objects.put(
        ObjectNames.FLOATING_SNAT,
        new ChainBuilder(family, config)
            .rule(
                "From a workload to itself",
                List.of(
                    Match.saddrInto(ipv4, Expr.reg32(0)),
                    Match.daddrInto(ipv4, Expr.reg32(family.bytes() / 4)),
                    new MapLookup(snat.name(), Expr.reg32(0), Expr.REG_3)),
                nat(NatType.SNAT, Expr.REG_3))
            .chain());
    objects.put(
        ObjectNames.chain("nat-OUTPUT"),
        new ChainBuilder(family, config)
            .rule("Floating addresses", List.of(), Match.jump(ObjectNames.FLOATING_DNAT.name()))
            .chain(BaseChain.nat(Hook.OUTPUT, OUTPUT_NAT)));
    return objects;
  }

  private Nat nat(NatType type, int register) {
    int number = family == Family.IPV4 ? Match.IPV4 : Match.IPV6;
    return new Nat(type, number, register, 0, 0, 0, 0);
  }

  /** The element by which packets to a floating address come to the workload. */
  static Map<NftKey, NftObject> dnat(Ip external, Ip internal) {
    return element(
        ObjectNames.FLOATING_DNAT_MAP, Value.of(external.toBytes()), Value.of(internal.toBytes()));
  }

  /** The element by which a workload that talks to itself has a floating address. */
  static Map<NftKey, NftObject> snat(Ip external, Ip internal) {
    Value both = Value.concat(Value.of(internal.toBytes()), Value.of(internal.toBytes()));
    return element(ObjectNames.FLOATING_SNAT_MAP, both, Value.of(external.toBytes()));
  }

  private static Map<NftKey, NftObject> element(SetKey map, Value key, Value value) {
    return Map.of(new ElementKey(map.name(), key, key), new NftElement(Element.of(key, value)));
  }
}
