package calico.felix.dataplane;

import calico.felix.state.AddressSet;
import calico.felix.state.FloatingIp;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.Pool;
import calico.felix.state.ProfileRules;
import calico.felix.state.StateKey;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Hands each part of the desired state to what keeps it.
 *
 * @param dirty collects the endpoints whose condition may be another afterwards
 */
record DesiredState(Kernel kernel, Set<StateKey.EndpointKey<?>> dirty) {

  /** Has this value. */
  void put(StateKey<?> key, Object value) {
    List<PolicyTable> tables = kernel.tables();
    switch (key) {
      case StateKey.Endpoint id -> putEndpoint(id, (LocalEndpoint) value);
      case StateKey.HostEndpoint id ->
          dirty.addAll(kernel.hostEndpoints().put(id, (LocalHostEndpoint) value));
      case StateKey.PolicyId id -> tables.forEach(t -> t.policy(id, (Policy) value));
      case StateKey.ProfileId id -> tables.forEach(t -> t.profile(id, (ProfileRules) value));
      case StateKey.SetId id -> tables.forEach(t -> t.set(id, (AddressSet) value));
      case StateKey.PoolId id -> tables.forEach(t -> t.pool(id, (Pool) value));
      case StateKey.NodeIp id -> tables.forEach(t -> t.nodeIp(id.ip(), true));
      case StateKey.CodePointId id -> tables.forEach(t -> t.codePoint(id, (Integer) value));
      case StateKey.ServiceRangeId id -> tables.forEach(t -> t.serviceRange(id.cidr(), true));
      case StateKey.FloatingIpId id -> {
        tables.forEach(t -> t.floatingIp(id, (FloatingIp) value));
        kernel.floatingRoutes().put(id, (FloatingIp) value);
      }
      case StateKey.Routing<?> id -> {
        tables.forEach(t -> t.routing(id, value));
        kernel.remoteRoutes().put(id, value);
      }
    }
  }

  private void putEndpoint(StateKey.Endpoint id, @Nullable LocalEndpoint endpoint) {
    boolean migrated = kernel.migrations().put(id, endpoint);
    dirty.addAll(kernel.endpoints().put(id, endpoint));
    kernel.arpReplies().put(id, endpoint);
    if (migrated && endpoint != null) {
      kernel.floatingRoutes().interfaceChanged(endpoint.interfaceName(), false);
    }
  }

  /** Is not wanted any more. */
  void remove(StateKey<?> key) {
    List<PolicyTable> tables = kernel.tables();
    switch (key) {
      case StateKey.Endpoint id -> putEndpoint(id, null);
      case StateKey.HostEndpoint id -> dirty.addAll(kernel.hostEndpoints().put(id, null));
      case StateKey.PolicyId id -> tables.forEach(t -> t.policy(id, null));
      case StateKey.ProfileId _ -> tables.forEach(t -> t.remove(key));
      case StateKey.SetId id -> tables.forEach(t -> t.removeSet(id));
      case StateKey.PoolId id -> tables.forEach(t -> t.pool(id, null));
      case StateKey.NodeIp id -> tables.forEach(t -> t.nodeIp(id.ip(), false));
      case StateKey.CodePointId id -> tables.forEach(t -> t.codePoint(id, null));
      case StateKey.ServiceRangeId id -> tables.forEach(t -> t.serviceRange(id.cidr(), false));
      case StateKey.FloatingIpId id -> {
        tables.forEach(t -> t.floatingIp(id, null));
        kernel.floatingRoutes().put(id, null);
      }
      case StateKey.Routing<?> id -> {
        tables.forEach(t -> t.routing(id, null));
        kernel.remoteRoutes().put(id, null);
        if (id instanceof StateKey.RouteId route && route.destination().isHost()) {
          kernel.flows().moved(route.destination().address()); // perhaps here
        }
      }
    }
  }
}
