package calico.felix.dataplane;

import calico.felix.monitor.DataplaneMetrics.PolicyTables;
import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.Rendering;
import calico.felix.rules.RuleRenderer;
import calico.felix.state.AddressSet;
import calico.felix.state.FloatingIp;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.Pool;
import calico.felix.state.ProfileRules;
import calico.felix.state.StateChange.MembersChanged;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.reconcile.Reconciler;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One family's nftables table: renders each changed record and hands what differs to the table. */
final class PolicyTable {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyTable.class);

  private final RuleRenderer renderer;
  private final Reconciler<NftKey, NftObject> table;
  private final ObjectLedger ledger;
  private final Set<NftKey> always;
  private final CoveredSets covered;
  private final MemberSets sets;
  private final KeptTables tables;
  private final PolicyLists lists;
  private final Map<StateKey.PoolId, Pool> pools = new HashMap<>();
  private final Set<StateKey<?>> unrendered = new HashSet<>();
  private final FloatingIpTable floatingIps;
  private final TunnelTable tunnels;

  PolicyTable(RuleRenderer renderer, Reconciler<NftKey, NftObject> table) {
    this.renderer = renderer;
    this.table = table;
    this.ledger = new ObjectLedger(renderer, table);
    this.covered = new CoveredSets(renderer, table);
    this.tables = new KeptTables(renderer, table, ledger, this::nets);
    this.sets = new MemberSets(renderer, table, ledger, covered, tables);
    this.lists = new PolicyLists(renderer, ledger, tables, this::triedOrNot);
    this.floatingIps = new FloatingIpTable(renderer, table);
    Map<NftKey, NftObject> objects = renderer.always().objects();
    objects.forEach(table::desire);
    this.always = Set.copyOf(objects.keySet());
    this.tunnels = new TunnelTable(renderer, ledger, covered::add, covered::remove);
  }

  Reconciler<NftKey, NftObject> table() {
    return table;
  }

  Family family() {
    return renderer.family();
  }

  ObjectLedger ledger() {
    return ledger;
  }

  /**
   * Whether the table is known to deny what comes from or goes to an interface without chains; not
   * while it waits to be read and written again.
   */
  boolean deniesUnknownInterfaces() {
    return always.stream().allMatch(table::isApplied);
  }

  /**
   * Writes all that has changed, and in a second step what that has made superfluous. Until the
   * second, packets on their way look up what they were led to; and an address that is of another
   * class meanwhile is of one that the tables of policies know which are to go.
   */
  List<Reconciler.Outcome<NftKey>> write() {
    List<Reconciler.Outcome<NftKey>> outcomes = new ArrayList<>(2);
    do {
      settle();
      outcomes.add(table.apply());
    } while (deniesUnknownInterfaces() && leave());
    return outcomes;
  }

  /** Undesires what removed sets and unused tables of policies have needed, if there are any. */
  private boolean leave() {
    boolean setsLeft = sets.leave();
    boolean tablesLeft = tables.leave();
    return setsLeft || tablesLeft;
  }

  /**
   * Follows changes to where they lead: which chains and sets are looked at, what lists consist of,
   * of which classes addresses are.
   */
  void settle() {
    do {
      for (NftKey key : ledger.takeTurned()) {
        switch (key) {
          case NftKey.ChainKey chain -> lists.turned(chain);
          case SetKey set -> sets.turned(set);
          case NftKey.ElementKey _ -> {}
        }
      }
      lists.settle();
      lists.without(tables.settle());
    } while (ledger.hasTurned() || !lists.isSettled());
  }

  PolicyTables sizes() {
    return new PolicyTables(tables.kept(), tables.tooLarge(), lists.tried(), tables.classes());
  }

  private Set<Cidr> nets(StateKey.SetId id) {
    return sets.nets(id);
  }

  /** Sets a policy, or with null removes it. */
  void policy(StateKey.PolicyId id, @Nullable Policy policy) {
    lists.put(id, policy);
    triedOrNot(id);
  }

  /** A policy has chains of its own while it is tried by itself. */
  private void triedOrNot(StateKey.PolicyId id) {
    Policy policy = lists.isTried(id) ? lists.policy(id) : null;
    if (policy == null) {
      remove(id);
    } else {
      render(id, () -> renderer.policy(id, policy));
    }
  }

  void profile(StateKey.ProfileId id, ProfileRules profile) {
    render(id, () -> renderer.profile(id, profile));
  }

  void endpoint(StateKey.Endpoint id, LocalEndpoint endpoint) {
    render(id, () -> renderer.endpoint(endpoint));
  }

  void hostEndpoint(
      StateKey.HostEndpoint id, LocalHostEndpoint endpoint, Collection<String> interfaceNames) {
    render(id, () -> renderer.hostEndpoint(endpoint, interfaceNames));
  }

  /** What cannot be rendered is not there, so whatever refers to it denies. */
  private void render(StateKey<?> id, Supplier<Rendering> rendering) {
    try {
      ledger.put(id, rendering.get());
      unrendered.remove(id);
    } catch (IllegalArgumentException e) {
      LOG.error("{} cannot be rendered, so it denies everything: {}", id, e.toString());
      ledger.remove(id);
      unrendered.add(id);
    }
  }

  /** The records that are not in the kernel as they should be, and why in a word or two. */
  Map<StateKey<?>, String> problems() {
    Map<StateKey<?>, String> out = new HashMap<>();
    unrendered.forEach(id -> out.put(id, "not rendered"));
    table.failing().forEach(key -> ledger.lacking(key).forEach(id -> out.put(id, "refused")));
    return out;
  }

  /** Removes a profile or endpoint. */
  void remove(StateKey<?> id) {
    unrendered.remove(id);
    ledger.remove(id);
  }

  void pool(StateKey.PoolId id, @Nullable Pool pool) {
    if (id.cidr().family() != renderer.family()) {
      return;
    }
    if (pool == null) {
      ledger.remove(id);
    } else {
      ledger.put(id, renderer.pool(pool));
    }
    Pool old = pool == null ? pools.remove(id) : pools.put(id, pool);
    List<SetKey> from = old == null ? List.of() : renderer.poolSets(old);
    List<SetKey> to = pool == null ? List.of() : renderer.poolSets(pool);
    from.stream().filter(set -> !to.contains(set)).forEach(set -> covered.remove(set, id.cidr()));
    to.forEach(set -> covered.add(set, id.cidr()));
  }

  /** An address of some node, or of none any more. */
  void nodeIp(Ip ip, boolean present) {
    tunnels.nodeIp(ip, present);
  }

  /** How packets come to other nodes; null if it is gone. */
  void routing(StateKey.Routing<?> key, @Nullable Object value) {
    tunnels.put(key, value);
  }

  /** Sets the code point of an address, or with null removes it. */
  void codePoint(StateKey.CodePointId id, @Nullable Integer codePoint) {
    if (id.source().family() != renderer.family()) {
      return;
    }
    if (codePoint == null) {
      remove(id);
    } else {
      render(id, () -> renderer.codePoint(id.source(), codePoint));
    }
  }

  /** A prefix of services, or of none any more. */
  void serviceRange(Cidr range, boolean present) {
    for (SetKey set : renderer.serviceSets()) {
      if (present) {
        covered.add(set, range);
      } else {
        covered.remove(set, range);
      }
    }
  }

  void floatingIp(StateKey.FloatingIpId id, @Nullable FloatingIp to) {
    floatingIps.put(id, to);
  }

  void set(StateKey.SetId id, AddressSet set) {
    sets.put(id, set);
  }

  void removeSet(StateKey.SetId id) {
    sets.remove(id);
  }

  /** Costs as much as there are changes. */
  void members(MembersChanged change) {
    sets.change(change);
  }
}
