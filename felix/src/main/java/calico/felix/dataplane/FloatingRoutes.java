package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.felix.state.FloatingIp;
import calico.felix.state.StateKey.FloatingIpId;
import calico.model.Family;
import calico.model.Ip;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Routes to floating addresses, on the interfaces of the workloads that have them. */
final class FloatingRoutes {
  private final DataplaneConfig config;
  private final Interfaces interfaces;
  private final AddressRoutes routes;
  private final Function<String, LiveMigrations.State> migrations;
  private final Map<Ip, String> interfaceByIp = new HashMap<>();
  private final Map<String, Set<Ip>> byInterface = new HashMap<>();

  /**
   * @param migrations where the workload with an interface is
   */
  FloatingRoutes(
      DataplaneConfig config,
      Interfaces interfaces,
      AddressRoutes routes,
      Function<String, LiveMigrations.State> migrations) {
    this.config = config;
    this.interfaces = interfaces;
    this.routes = routes;
    this.migrations = migrations;
  }

  /** Sets a floating address, or with null removes it. */
  void put(FloatingIpId id, @Nullable FloatingIp to) {
    Ip ip = id.external();
    String before =
        to == null ? interfaceByIp.remove(ip) : interfaceByIp.put(ip, to.interfaceName());
    if (before != null) {
      Set<Ip> ips = byInterface.getOrDefault(before, new HashSet<>());
      ips.remove(ip);
      if (ips.isEmpty()) {
        byInterface.remove(before);
      }
    }
    if (to != null) {
      byInterface.computeIfAbsent(to.interfaceName(), _ -> new HashSet<>()).add(ip);
    }
    refresh(ip);
  }

  /** As of {@link Endpoints#interfaceChanged}. */
  void interfaceChanged(String name, boolean cameUp) {
    for (Ip ip : byInterface.getOrDefault(name, Set.of())) {
      if (cameUp) {
        routes.gone(ip.toCidr());
      }
      refresh(ip);
    }
  }

  private void refresh(Ip ip) {
    String name = interfaceByIp.get(ip);
    Interface i = name == null ? null : interfaces.named(name);
    LiveMigrations.State state = name == null ? LiveMigrations.State.BASE : migrations.apply(name);
    boolean programmed = ip.family() == Family.IPV4 || config.ipv6Enabled();
    if (i != null && i.up() && programmed && state.isHere()) {
      routes.desire(ip.toCidr(), i.index(), state.isElevated());
    } else {
      routes.undesire(ip.toCidr());
    }
  }
}
