package calico.felix.dataplane;

import calico.model.Cidr;
import calico.reconcile.Reconciler;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The routes to addresses of workloads: at most one to each, by its metric an urgent one or not.
 */
final class AddressRoutes {
  private final DeviceRoutes config;
  private final Reconciler<LocalRoute.Key, LocalRoute> routes;
  private final Map<Cidr, LocalRoute.Key> keys = new HashMap<>();

  AddressRoutes(DeviceRoutes config, Reconciler<LocalRoute.Key, LocalRoute> routes) {
    this.config = config;
    this.routes = routes;
  }

  /** Wants an address to be reached by an interface. */
  void desire(Cidr address, int interfaceIndex, boolean elevated) {
    LocalRoute.Key key = elevated ? config.elevatedKey(address) : config.key(address);
    LocalRoute.Key old = keys.put(address, key);
    if (old != null && !old.equals(key)) {
      routes.undesire(old);
    }
    routes.desire(key, config.route(interfaceIndex, address.family()));
  }

  /** Wants no route to an address. */
  void undesire(Cidr address) {
    LocalRoute.Key old = keys.remove(address);
    if (old != null) {
      routes.undesire(old);
    }
  }

  /** What is wanted, or null. */
  @Nullable LocalRoute desired(Cidr address) {
    LocalRoute.Key key = keys.get(address);
    return key == null ? null : routes.desired(key);
  }

  /** The kernel has dropped the route to an address. */
  void gone(Cidr address) {
    LocalRoute.Key key = keys.get(address);
    if (key != null) {
      routes.observed(key, null);
    }
  }

  /** Whether what is wanted of an address is in the kernel. */
  boolean isApplied(Cidr address) {
    LocalRoute.Key key = keys.get(address);
    return key == null || routes.isApplied(key);
  }

  /** Why it is not, if that was tried. */
  @Nullable Exception failure(Cidr address) {
    LocalRoute.Key key = keys.get(address);
    return key == null ? null : routes.failure(key);
  }
}
