package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.RuleRenderer;
import calico.felix.state.AddressSet;
import calico.felix.state.FloatingIp;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.Pool;
import calico.felix.state.ProfileRules;
import calico.felix.state.StateKey;
import calico.reconcile.Backoff;
import calico.reconcile.Reconciler;
import calico.reconcile.Target;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** All objects of a table for a whole state, begun with nothing. */
public final class RenderedTable {
  private RenderedTable() {}

  /** A table that nobody writes. */
  private static final class Nowhere implements Target<NftKey, NftObject> {
    @Override
    public Map<NftKey, NftObject> list() {
      return Map.of();
    }

    @Override
    public Map<NftKey, Exception> apply(Map<NftKey, NftObject> updates, Set<NftKey> deletions) {
      return Map.of();
    }
  }

  public static Map<NftKey, NftObject> of(RuleRenderer renderer, Map<StateKey<?>, Object> state) {
    PolicyTable table =
        new PolicyTable(
            renderer,
            new Reconciler<>(
                new Nowhere(), Duration.ZERO, Backoff.DEFAULT, () -> 0, new Random(1)));
    state.forEach((key, value) -> put(table, key, value));
    table.settle();
    return new HashMap<>(table.table().desired());
  }

  static void put(PolicyTable table, StateKey<?> key, Object value) {
    switch (key) {
      case StateKey.Endpoint id -> table.endpoint(id, (LocalEndpoint) value);
      case StateKey.HostEndpoint id -> {
        LocalHostEndpoint endpoint = (LocalHostEndpoint) value;
        table.hostEndpoint(id, endpoint, Set.of(endpoint.interfaceName()));
      }
      case StateKey.PolicyId id -> table.policy(id, (Policy) value);
      case StateKey.ProfileId id -> table.profile(id, (ProfileRules) value);
      case StateKey.SetId id -> table.set(id, (AddressSet) value);
      case StateKey.PoolId id -> table.pool(id, (Pool) value);
      case StateKey.NodeIp id -> table.nodeIp(id.ip(), true);
      case StateKey.CodePointId id -> table.codePoint(id, (Integer) value);
      case StateKey.ServiceRangeId id -> table.serviceRange(id.cidr(), true);
      case StateKey.FloatingIpId id -> table.floatingIp(id, (FloatingIp) value);
      case StateKey.Routing<?> _ -> {}
    }
  }
}
