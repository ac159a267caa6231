package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.ElementKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.felix.state.AddressSet;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.Pool;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.Value;
import calico.netlink.nftables.Verdict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One chain per policy and direction, one per endpoint and direction, one set per selector. */
public final class NftRenderer implements RuleRenderer {
  private final Family family;
  private final RulesConfig config;

  public NftRenderer(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
  }

  @Override
  public Family family() {
    return family;
  }

  @Override
  public Rendering always() {
    return StaticChains.render(family, config);
  }

  @Override
  public Rendering policy(StateKey.PolicyId id, Policy policy) {
    String log =
        config
            .logPrefix()
            .replace("%k", id.kind())
            .replace("%n", id.name())
            .replace("%p", id.namespace().isEmpty() ? id.name() : id.namespace() + "/" + id.name());
    return bothChains(
        id.toString(),
        log,
        ObjectNames.policy(Direction.INGRESS, id),
        policy.ingress(),
        ObjectNames.policy(Direction.EGRESS, id),
        policy.egress());
  }

  @Override
  public Rendering profile(StateKey.ProfileId id, ProfileRules profile) {
    String log =
        config
            .logPrefix()
            .replace("%k", "Profile")
            .replace("%n", id.name())
            .replace("%p", id.name());
    return bothChains(
        "Profile(" + id.name() + ")",
        log,
        ObjectNames.profile(Direction.INGRESS, id),
        profile.ingress(),
        ObjectNames.profile(Direction.EGRESS, id),
        profile.egress());
  }

  private Rendering bothChains(
      String identity,
      String log,
      ChainKey ingressKey,
      List<ResolvedRule> ingress,
      ChainKey egressKey,
      List<ResolvedRule> egress) {
    PolicyChains chains = new PolicyChains(family, config);
    NftChain in = chains.chain(identity, log, Direction.INGRESS, ingress);
    NftChain out = chains.chain(identity, log, Direction.EGRESS, egress);
    chains.objects().put(ingressKey, in);
    chains.objects().put(egressKey, out);
    return new Rendering(chains.objects(), chains.references());
  }

  @Override
  public Rendering endpoint(LocalEndpoint endpoint) {
    EndpointChains chains = new EndpointChains(family, config);
    String name = endpoint.interfaceName();
    Map<NftKey, NftObject> objects = new HashMap<>();
    objects.put(ObjectNames.fromWorkload(name), chains.chain(Direction.EGRESS, endpoint));
    objects.put(ObjectNames.toWorkload(name), chains.chain(Direction.INGRESS, endpoint));
    dispatch(objects, ObjectNames.FROM_WORKLOAD_MAP, name, ObjectNames.fromWorkload(name));
    dispatch(objects, ObjectNames.TO_WORKLOAD_MAP, name, ObjectNames.toWorkload(name));
    return new Rendering(objects, chains.references());
  }

  private static void dispatch(
      Map<NftKey, NftObject> objects, SetKey map, String interfaceName, ChainKey chain) {
    Value key = Value.ifname(interfaceName);
    objects.put(
        new ElementKey(map.name(), key, key),
        new NftElement(Element.of(key, new Verdict.Goto(chain.name()))));
  }

  @Override
  public List<SetKey> poolSets(Pool pool) {
    SetKey all = ObjectNames.allPools(family);
    return pool.natOutgoing() ? List.of(all, ObjectNames.masqueradePools(family)) : List.of(all);
  }

  @Override
  public List<SetKey> nodeIpSets() {
    return config.masqueradeToNodes() ? List.of() : List.of(ObjectNames.nodeIps(family));
  }

  @Override
  public Map<NftKey, NftObject> floatingDnat(Ip external, Ip internal) {
    return FloatingIpChains.dnat(external, internal);
  }

  @Override
  public Map<NftKey, NftObject> floatingSnat(Ip external, Ip internal) {
    return FloatingIpChains.snat(external, internal);
  }

  @Override
  public Rendering set(StateKey.SetId id, AddressSet.Type type) {
    SetKey key = setKey(id);
    DataType address = family == Family.IPV4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR;
    SetSpec spec =
        switch (type) {
          case NETS -> SetSpec.intervals(key.name(), address);
          case IP_AND_PORT ->
              SetSpec.set(key.name(), address, DataType.INET_PROTO, DataType.INET_SERVICE);
        };
    return new Rendering(Map.of(key, new NftSet(spec)), Set.of());
  }

  @Override
  public SetKey setKey(StateKey.SetId id) {
    return ObjectNames.set(family, id);
  }

  @Override
  public NftElement net(Cidr cidr) {
    return new NftElement(ConstantSets.element(cidr));
  }

  @Override
  public NftElement ipPort(AddressSet.Member.IpPort member) {
    return new NftElement(
        Element.of(
            Value.concat(
                Value.of(member.ip().toBytes()),
                Value.u8(member.protocol()),
                Value.be16(member.port()))));
  }

  @Override
  public NftChain closed(String why) {
    return new ChainBuilder(family, config).deny(why, List.of()).chain();
  }
}
