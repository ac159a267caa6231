package calico.felix.calc;

import calico.felix.monitor.GraphSize;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.PolicyId;
import calico.model.ipam.AllocationBlock;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.resource.BgpConfigurationSpec;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.HostEndpointSpec;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.LiveMigrationSpec;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.NodeSpec;
import calico.model.resource.PolicySpec;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Resource;
import calico.model.resource.TierSpec;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Turns updates of the cluster's state into changes of one node's desired state.
 *
 * <p>Deterministic, without threads, clock or I/O; not thread-safe. Updates may be coalesced,
 * repeated and deleted again: only the latest value of each key counts. The changes of one {@link
 * #flush} are in an order in which nothing ever refers to what is not there: new sets, changed
 * members, policies, profiles, endpoints, pools, tunnels, routes; then removals, the other way
 * round. An interface can for this reason have its new endpoint before its old one is gone.
 */
public final class CalcGraph {
  private final String nodeName;
  private final Predicate<Resource<?>> valid;
  private final Profiles profiles = new Profiles();
  private final AddressSets sets = new AddressSets(profiles);
  private final ActiveRules rules = new ActiveRules(sets);
  private final LocalEndpoints endpoints;
  private final Pools pools = new Pools();
  private final FloatingIps floatingIps = new FloatingIps();
  private final CodePoints codePoints = new CodePoints();
  private final ServiceRanges serviceRanges = new ServiceRanges();
  private final ClusterRoutes routes;
  private final CalcConfig.Routing routing;
  private final Set<String> nodes = new HashSet<>();
  private boolean inSync;
  private boolean inSyncEmitted;

  public CalcGraph(CalcConfig config) {
    this.nodeName = config.nodeName();
    this.valid = config.valid();
    this.endpoints = new LocalEndpoints(rules, profiles, config.nodeName());
    this.routes = new ClusterRoutes(config);
    this.routing = config.routing();
  }

  /**
   * Takes the latest value of a key. Keys of kinds that do not matter here are ignored.
   *
   * @param value null if it is gone
   */
  public <V> void onUpdate(Key<V> key, @Nullable V value) {
    if (key instanceof ResourceKey<?> resourceKey) {
      Resource<?> resource = (Resource<?>) value;
      update(resourceKey, resource != null && valid.test(resource) ? resource : null);
    } else if (key instanceof IpamKey.Block block) {
      routes.putBlock(block.cidr(), (AllocationBlock) value);
    }
  }

  private void update(ResourceKey<?> key, @Nullable Resource<?> value) {
    if (key.kind().equals(Kinds.WORKLOAD_ENDPOINT)) {
      Resource<WorkloadEndpointSpec> resource = as(Kinds.WORKLOAD_ENDPOINT, value);
      Workload workload = resource == null ? null : Workload.of(resource);
      sets.put(key, workload == null ? null : workload.addressed());
      Workload local = workload != null && workload.node().equals(nodeName) ? workload : null;
      endpoints.putWorkload(key, local);
      codePoints.put(
          key, local == null ? List.of() : local.sources(), local == null ? null : local.dscp());
      routes.putWorkload(key, workload);
      floatingIps.put(key, local != null && routing.floats(local) ? local : null);
    } else if (key.kind().equals(Kinds.HOST_ENDPOINT)) {
      Resource<HostEndpointSpec> resource = as(Kinds.HOST_ENDPOINT, value);
      HostInterface host = resource == null ? null : HostInterface.of(resource);
      sets.put(key, host == null ? null : host.addressed());
      HostInterface local = host != null && host.node().equals(nodeName) ? host : null;
      endpoints.putHost(new StateKey.HostEndpoint(key.name()), local);
      codePoints.put(
          key,
          local == null ? List.of() : local.expectedIps(),
          local == null ? null : local.dscp());
    } else if (key.kind().equals(Kinds.GLOBAL_NETWORK_SET)
        || key.kind().equals(Kinds.NETWORK_SET)) {
      Resource<NetworkSetSpec> resource = as(Kinds.NETWORK_SET, value);
      sets.put(key, resource == null ? null : Addressed.of(resource));
    } else if (key.kind().equals(Kinds.GLOBAL_NETWORK_POLICY)
        || key.kind().equals(Kinds.NETWORK_POLICY)) {
      Resource<PolicySpec> resource = as(Kinds.NETWORK_POLICY, value);
      String namespace = key.namespace() == null ? "" : key.namespace();
      endpoints.putPolicy(new PolicyId(key.kind().name(), namespace, key.name()), resource);
    } else if (key.kind().equals(Kinds.PROFILE)) {
      Resource<ProfileSpec> resource = as(Kinds.PROFILE, value);
      profiles.put(key.name(), resource == null ? null : resource.spec());
      sets.profileChanged(key.name());
      endpoints.profileChanged(key.name());
    } else if (key.kind().equals(Kinds.TIER)) {
      Resource<TierSpec> resource = as(Kinds.TIER, value);
      endpoints.putTier(key.name(), resource == null ? null : resource.spec());
    } else if (key.kind().equals(Kinds.LIVE_MIGRATION)) {
      Resource<LiveMigrationSpec> resource = as(Kinds.LIVE_MIGRATION, value);
      endpoints.putMigration(key, resource == null ? null : resource.spec());
    } else if (key.kind().equals(Kinds.IP_POOL)) {
      Resource<IpPoolSpec> resource = as(Kinds.IP_POOL, value);
      pools.put(key.name(), resource);
      routes.putPool(key.name(), resource);
    } else if (key.kind().equals(Kinds.NODE)) {
      Resource<NodeSpec> resource = as(Kinds.NODE, value);
      routes.putNode(key.name(), resource);
      if (key.name().equals(nodeName)) {
        endpoints.peers().putNode(resource == null ? null : resource.metadata().labels());
      }
      if (resource == null) {
        nodes.remove(key.name());
      } else {
        nodes.add(key.name());
      }
    } else if (key.kind().equals(Kinds.BGP_PEER)) {
      Resource<BgpPeerSpec> resource = as(Kinds.BGP_PEER, value);
      endpoints.peers().putPeer(key.name(), resource == null ? null : resource.spec());
    } else if (key.kind().equals(Kinds.BGP_CONFIGURATION)
        && key.name().equals(ServiceRanges.CONFIGURATION)) {
      Resource<BgpConfigurationSpec> resource = as(Kinds.BGP_CONFIGURATION, value);
      serviceRanges.put(resource == null ? null : resource.spec());
      endpoints.peers().putConfiguration(resource == null ? null : resource.spec());
    }
  }

  /** The kinds of one spec type are one type to Java. */
  @SuppressWarnings("unchecked")
  private static <S> @Nullable Resource<S> as(Kind<S> kind, @Nullable Resource<?> resource) {
    if (resource != null && !kind.specType().isInstance(resource.spec())) {
      throw new IllegalArgumentException(
          resource.kind() + " " + resource.metadata().name() + " has no " + kind.specType());
    }
    return (Resource<S>) resource;
  }

  /** Everything that was in the datastore at start has been given to {@link #onUpdate}. */
  public void onInSync() {
    inSync = true;
  }

  /** Emits what has changed since the last flush; nothing before in-sync. */
  public void flush(Consumer<StateChange> out) {
    if (!inSync) {
      return;
    }
    endpoints.resolve();
    routes.resolve();
    sets.flushMembers(out);
    rules.flushPuts(out);
    endpoints.flushPuts(out);
    pools.flushPuts(out);
    floatingIps.flushPuts(out);
    codePoints.flushPuts(out);
    serviceRanges.flushPuts(out);
    routes.flushPuts(out);
    routes.flushRemovals(out);
    serviceRanges.flushRemovals(out);
    codePoints.flushRemovals(out);
    floatingIps.flushRemovals(out);
    endpoints.flushRemovals(out);
    rules.flushRemovals(out);
    sets.flushRemovals(out);
    pools.flushRemovals(out);
    if (!inSyncEmitted) {
      inSyncEmitted = true;
      out.accept(new StateChange.InSync());
    }
  }

  /** For who does not know what has been emitted: the next flush gives everything that there is. */
  public void emitAgain() {
    sets.emitAgain();
    rules.emitAgain();
    endpoints.emitAgain();
    pools.emitAgain();
    floatingIps.emitAgain();
    codePoints.emitAgain();
    serviceRanges.emitAgain();
    routes.emitAgain();
    inSyncEmitted = false;
  }

  /** How much there is of everything. Costs the same however much that is. */
  public GraphSize size() {
    return new GraphSize(
        endpoints.size(),
        rules.policies(),
        sets.size(),
        nodes.size(),
        sets.count(Kinds.HOST_ENDPOINT),
        sets.count(Kinds.WORKLOAD_ENDPOINT),
        endpoints.policies(),
        profiles.size(),
        endpoints.tiers(),
        sets.indexSize());
  }

  /** Whether nothing is remembered of endpoints and network sets that have come and gone. */
  boolean isEmpty() {
    return sets.isEmpty()
        && endpoints.isEmpty()
        && floatingIps.isEmpty()
        && codePoints.isEmpty()
        && routes.isEmpty();
  }
}
