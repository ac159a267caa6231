package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.felix.state.AddressSet;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.Pool;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.nftables.Data;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.Value;
import calico.netlink.nftables.Verdict;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * One chain per direction for endpoints that are alike, one per list of policies that they have in
 * common; for the policies of a list either one table, or one chain per policy and one set per
 * selector.
 */
public final class NftRenderer implements RuleRenderer {
  /** The maps from the labels of workloads to chains. */
  public static final Set<String> WORKLOAD_CHAINS =
      Set.of(
          ObjectNames.workloadChains(Direction.INGRESS).name(),
          ObjectNames.workloadChains(Direction.EGRESS).name());

  private final Family family;
  private final RulesConfig config;
  private final SetKey addressClasses;

  public NftRenderer(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
    this.addressClasses = ObjectNames.addressClasses(family);
  }

  @Override
  public Family family() {
    return family;
  }

  @Override
  public Rendering always() {
    return StaticChains.render(family, config);
  }

  private static String tier(Policy policy) {
    String tier = policy.written() == null ? null : policy.written().spec().tier();
    return tier == null || tier.isEmpty() ? "default" : tier;
  }

  @Override
  public Rendering policy(StateKey.PolicyId id, Policy policy) {
    String log =
        config
            .logPrefix()
            .replace("%k", id.kind())
            .replace("%t", tier(policy))
            .replace("%n", id.name())
            .replace("%p", id.namespace().isEmpty() ? id.name() : id.namespace() + "/" + id.name());
    return chains(
        id.toString(),
        log,
        (layer, direction) -> ObjectNames.policy(layer, direction, id),
        policy.ingress(),
        policy.egress());
  }

  @Override
  public Rendering steps(ChainKey key, List<Step> steps) {
    return EndpointChains.steps(family, config, key, steps);
  }

  @Override
  public int tableFrom() {
    return config.tables().from();
  }

  @Override
  public DecisionTable table(Layer layer, Direction direction, List<TablePolicy> policies) {
    return new DecisionTable(family, layer, direction, config(layer), policies);
  }

  @Override
  public SetKey addressClasses() {
    return addressClasses;
  }

  @Override
  public NftElement ofClass(Ip address, int id) {
    return new NftElement(Element.of(Value.of(address.toBytes()), DecisionTable.secondWord(id)));
  }

  @Override
  public Rendering profile(StateKey.ProfileId id, ProfileRules profile) {
    String log =
        config
            .logPrefix()
            .replace("%k", "Profile")
            .replace("%n", id.name())
            .replace("%p", id.name());
    return chains(
        "Profile(" + id.name() + ")",
        log,
        (layer, direction) -> ObjectNames.profile(layer, direction, id),
        profile.ingress(),
        profile.egress());
  }

  private Rendering chains(
      String identity,
      String log,
      BiFunction<Layer, Direction, ChainKey> name,
      List<ResolvedRule> ingress,
      List<ResolvedRule> egress) {
    Map<NftKey, NftObject> objects = new HashMap<>();
    Set<NftKey> references = new HashSet<>();
    for (Layer layer : policyLayers()) {
      PolicyChains chains = new PolicyChains(family, config(layer));
      objects.put(
          name.apply(layer, Direction.INGRESS),
          chains.chain(identity, log, Direction.INGRESS, ingress));
      objects.put(
          name.apply(layer, Direction.EGRESS),
          chains.chain(identity, log, Direction.EGRESS, egress));
      objects.putAll(chains.objects());
      references.addAll(chains.references());
    }
    return new Rendering(objects, references);
  }

  /**
   * Chains are shared by all hooks. But not every hook has a sender that could be answered, so
   * where denied packets are answered there are chains for the others that drop.
   */
  private Set<Layer> policyLayers() {
    return EnumSet.of(Layer.FILTER, HostEndpointChains.policyLayer(Layer.MANGLE, config));
  }

  private RulesConfig config(Layer layer) {
    return layer == Layer.FILTER ? config : config.withDenyAction(RulesConfig.DenyAction.DROP);
  }

  @Override
  public Rendering endpoint(LocalEndpoint endpoint) {
    EndpointChains chains = new EndpointChains(family, Layer.FILTER, config);
    Map<NftKey, NftObject> objects = new HashMap<>();
    for (Direction direction : Direction.values()) {
      ChainBuilder chain = chains.workload(direction, endpoint);
      String label = ObjectNames.workloadLabel(chain.content());
      ChainKey key = ObjectNames.workload(direction, label);
      objects.put(key, chain.chain());
      SetKey labels = ObjectNames.workloadLabels(direction);
      element(objects, labels, endpoint.interfaceName(), StaticChains.label(label));
      SetKey chainsByLabel = ObjectNames.workloadChains(direction);
      element(objects, chainsByLabel, label, new Verdict.Goto(key.name()));
      new LimitChains(family, config).render(endpoint, direction, objects);
    }
    new SpoofedSources(family, config).render(endpoint, objects);
    return new Rendering(objects, chains.references(), chains.lists());
  }

  @Override
  public Rendering hostEndpoint(LocalHostEndpoint endpoint, Collection<String> interfaceNames) {
    return new HostEndpointChains(family, config).render(endpoint, interfaceNames);
  }

  private static void element(Map<NftKey, NftObject> objects, SetKey map, String name, Data value) {
    NftElement element = new NftElement(Element.of(Value.ifname(name), value));
    objects.put(element.key(map), element);
  }

  @Override
  public Rendering pool(Pool pool) {
    return pool.natOutgoing() ? StaticChains.natOutgoing(family, config) : Rendering.NOTHING;
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
  public Rendering vxlan() {
    return new TunnelChains(family, config).vxlan();
  }

  @Override
  public SetKey vxlanNodes() {
    return ObjectNames.vxlanNodes(family);
  }

  @Override
  public Rendering ipip() {
    return new TunnelChains(family, config).ipip();
  }

  @Override
  public SetKey ipipNodes() {
    return ObjectNames.nodeIps(family);
  }

  @Override
  public List<Cidr> externalNodes() {
    return config.tunnels().externalNodes().stream().filter(c -> c.family() == family).toList();
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
  public Rendering codePoint(Ip source, int codePoint) {
    return new DscpChains(family, config).render(source, codePoint);
  }

  @Override
  public List<SetKey> serviceSets() {
    return config.serviceLoops() == null ? List.of() : List.of(ObjectNames.serviceRanges(family));
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

  /** Drops, which every hook can. */
  @Override
  public NftChain closed(String why) {
    return new ChainBuilder(family, config).counted(why, List.of(), Match.drop()).chain();
  }
}
