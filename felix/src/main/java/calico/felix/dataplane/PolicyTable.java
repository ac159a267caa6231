package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.Rendering;
import calico.felix.rules.RuleRenderer;
import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
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
  private final Map<SetKey, PrefixCover> prefixes = new HashMap<>();
  private final Map<StateKey.SetId, Set<Member.IpPort>> ipPorts = new HashMap<>();
  private final Map<StateKey.PoolId, Pool> pools = new HashMap<>();
  private final Set<StateKey<?>> unrendered = new HashSet<>();
  private final FloatingIpTable floatingIps;
  private final TunnelTable tunnels;

  PolicyTable(RuleRenderer renderer, Reconciler<NftKey, NftObject> table) {
    this.renderer = renderer;
    this.table = table;
    this.ledger = new ObjectLedger(renderer, table);
    this.floatingIps = new FloatingIpTable(renderer, table);
    Map<NftKey, NftObject> objects = renderer.always().objects();
    objects.forEach(table::desire);
    this.always = Set.copyOf(objects.keySet());
    this.tunnels = new TunnelTable(renderer, ledger, this::addNet, this::removeNet);
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

  /** Whether the table is known to deny what comes from or goes to an interface without chains. */
  boolean deniesUnknownInterfaces() {
    return always.stream().allMatch(table::isApplied);
  }

  void policy(StateKey.PolicyId id, Policy policy) {
    render(id, () -> renderer.policy(id, policy));
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

  /** Removes a policy, profile or endpoint. */
  void remove(StateKey<?> id) {
    unrendered.remove(id);
    ledger.remove(id);
  }

  void pool(StateKey.PoolId id, @Nullable Pool pool) {
    if (id.cidr().family() != renderer.family()) {
      return;
    }
    Pool old = pool == null ? pools.remove(id) : pools.put(id, pool);
    List<SetKey> from = old == null ? List.of() : renderer.poolSets(old);
    List<SetKey> to = pool == null ? List.of() : renderer.poolSets(pool);
    from.stream().filter(set -> !to.contains(set)).forEach(set -> removeNet(set, id.cidr()));
    to.forEach(set -> addNet(set, id.cidr()));
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
        addNet(set, range);
      } else {
        removeNet(set, range);
      }
    }
  }

  void floatingIp(StateKey.FloatingIpId id, @Nullable FloatingIp to) {
    floatingIps.put(id, to);
  }

  void set(StateKey.SetId id, AddressSet set) {
    ledger.put(id, renderer.set(id, set.type()));
    Set<Member> old = members(id);
    Set<Member> removed = new HashSet<>(old);
    removed.removeAll(set.members());
    Set<Member> added = new HashSet<>(set.members());
    added.removeAll(old);
    members(new MembersChanged(id, added, removed));
  }

  void removeSet(StateKey.SetId id) {
    members(new MembersChanged(id, Set.of(), members(id)));
    prefixes.remove(renderer.setKey(id));
    ipPorts.remove(id);
    ledger.remove(id);
  }

  private Set<Member> members(StateKey.SetId id) {
    Set<Member> members = new HashSet<>();
    PrefixCover cover = prefixes.get(renderer.setKey(id));
    if (cover != null) {
      cover.members().forEach(net -> members.add(new Member.Net(net)));
    }
    members.addAll(ipPorts.getOrDefault(id, Set.of()));
    return members;
  }

  /** Costs as much as there are changes. */
  void members(MembersChanged change) {
    SetKey set = renderer.setKey(change.set());
    for (Member member : change.removed()) {
      switch (member) {
        case Member.Net net -> removeNet(set, net.cidr());
        case Member.IpPort port -> {
          if (isOurs(port) && ports(change.set()).remove(port)) {
            vanish(set, renderer.ipPort(port));
          }
        }
      }
    }
    for (Member member : change.added()) {
      switch (member) {
        case Member.Net net -> addNet(set, net.cidr());
        case Member.IpPort port -> {
          if (isOurs(port) && ports(change.set()).add(port)) {
            appear(set, renderer.ipPort(port));
          }
        }
      }
    }
  }

  private boolean isOurs(Member.IpPort port) {
    return port.ip().family() == renderer.family();
  }

  private Set<Member.IpPort> ports(StateKey.SetId id) {
    return ipPorts.computeIfAbsent(id, _ -> new HashSet<>());
  }

  private void addNet(SetKey set, Cidr net) {
    if (net.family() == renderer.family()) {
      prefixes
          .computeIfAbsent(set, _ -> new PrefixCover())
          .add(net, c -> appear(set, renderer.net(c)), c -> vanish(set, renderer.net(c)));
    }
  }

  private void removeNet(SetKey set, Cidr net) {
    PrefixCover cover = prefixes.get(set);
    if (cover != null) {
      cover.remove(net, c -> appear(set, renderer.net(c)), c -> vanish(set, renderer.net(c)));
    }
  }

  private void appear(SetKey set, NftElement element) {
    table.desire(element.key(set), element);
  }

  private void vanish(SetKey set, NftElement element) {
    table.undesire(element.key(set));
  }
}
