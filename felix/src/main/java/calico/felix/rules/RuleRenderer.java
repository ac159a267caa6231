package calico.felix.rules;

import calico.felix.state.AddressSet;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.Pool;
import calico.felix.state.ProfileRules;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Renders state records for one address family. Every method is a pure function of its arguments
 * and the configuration; an object that a reference names and that nobody renders has to deny.
 */
public interface RuleRenderer {

  Family family();

  /** What is always there. */
  Rendering always();

  Rendering policy(StateKey.PolicyId id, Policy policy);

  /** A chain that asks these in their turn, as long as nothing has decided. */
  Rendering steps(NftKey.ChainKey key, List<Step> steps);

  /** From how many rules on policies are a table, if they can be. */
  int tableFrom();

  /** What policies say that are asked one after the other, as a table. */
  DecisionTable table(Layer layer, Direction direction, List<TablePolicy> policies);

  /** The map, given by {@link #always}, from single addresses to their classes. */
  NftKey.SetKey addressClasses();

  /** Element of {@link #addressClasses} for an address of this renderer's family. */
  NftObject.NftElement ofClass(Ip address, int id);

  Rendering profile(StateKey.ProfileId id, ProfileRules profile);

  /** The endpoint's chains and its entries in the dispatch maps; nothing for another family. */
  Rendering endpoint(LocalEndpoint endpoint);

  /**
   * The chains of a host endpoint and its entries in the dispatch maps; the hooks of host
   * endpoints, which all of them have in common.
   *
   * @param interfaceNames which it is for, now; {@link LocalHostEndpoint#ANY_INTERFACE} for all
   *     that no other is for
   */
  Rendering hostEndpoint(LocalHostEndpoint endpoint, Collection<String> interfaceNames);

  /** What a pool needs besides its prefix in sets. */
  Rendering pool(Pool pool);

  /** The sets of prefixes, given by {@link #always}, that the pool's prefix belongs to. */
  List<NftKey.SetKey> poolSets(Pool pool);

  /** The sets of prefixes, given by {@link #always}, that a node's address belongs to. */
  List<NftKey.SetKey> nodeIpSets();

  /** What VXLAN needs while it is in use. */
  Rendering vxlan();

  /** The set, given by {@link #vxlan}, of those who may send what is carried in VXLAN. */
  NftKey.SetKey vxlanNodes();

  /** What IPIP needs while it is in use. */
  Rendering ipip();

  /** The set, given by {@link #ipip}, of those who may send what is carried in IPIP. */
  NftKey.SetKey ipipNodes();

  /** Who belongs to these sets besides nodes. */
  List<Cidr> externalNodes();

  /** What translates a floating address of this renderer's family to a workload's. */
  Map<NftKey, NftObject> floatingDnat(Ip external, Ip internal);

  /** What gives a workload that talks to itself its floating address; keyed by the workload's. */
  Map<NftKey, NftObject> floatingSnat(Ip external, Ip internal);

  /**
   * What gives the packets of an address of this renderer's family a code point when they leave the
   * cluster.
   */
  Rendering codePoint(Ip source, int codePoint);

  /** The sets of prefixes, given by {@link #always}, that a prefix of services belongs to. */
  List<NftKey.SetKey> serviceSets();

  /** A set without its members. */
  Rendering set(StateKey.SetId id, AddressSet.Type type);

  /**
   * Name of the set's nftables set, to which {@link #net} and {@link #ipPort} belong.
   *
   * @return the key of the object that {@link #set} renders
   */
  NftKey.SetKey setKey(StateKey.SetId id);

  /** Element for a prefix of this renderer's family; elements of one set may not overlap. */
  NftObject.NftElement net(Cidr cidr);

  /** Element for an address of this renderer's family, protocol and port. */
  NftObject.NftElement ipPort(AddressSet.Member.IpPort member);

  /** What a chain says that should be there and cannot be: it denies everything. */
  NftObject.NftChain closed(String why);
}
