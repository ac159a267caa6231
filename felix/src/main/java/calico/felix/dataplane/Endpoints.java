package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.felix.dataplane.StatusListener.Condition;
import calico.felix.dataplane.StatusListener.State;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.StateKey;
import calico.felix.state.TrafficLimits.Bandwidth;
import calico.model.Cidr;
import calico.model.Family;
import calico.reconcile.Reconciler;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Joins the endpoints that should be here with the interfaces that are: an endpoint's settings,
 * routes and neighbours are desired while its interface is up, whichever of the two came first.
 */
final class Endpoints {
  private final DataplaneConfig config;
  private final Interfaces interfaces;
  private final List<PolicyTable> tables;
  private final Reconciler<Path, String> settings;
  private final AddressRoutes routes;
  private final LiveMigrations migrations;
  private final Reconciler<NeighbourTarget.Key, String> neighbours;
  private final Reconciler<Shaper.Key, Shaper> shapers;
  private final PeeringAddresses peering;
  private final Flows flows;

  /** As for new interfaces; read again when one comes up. */
  private @Nullable String sourceCheck = InterfaceSettings.sourceCheck();

  private final Map<StateKey.Endpoint, LocalEndpoint> endpoints = new HashMap<>();
  private final Claims<String, StateKey.Endpoint> names =
      new Claims<>(Comparator.<StateKey.Endpoint>naturalOrder());
  private final Claims<Cidr, StateKey.Endpoint> networks =
      new Claims<>(Comparator.<StateKey.Endpoint>naturalOrder());
  private final Map<String, StateKey.Endpoint> renderedByName = new HashMap<>();
  private final Set<String> toRender = new LinkedHashSet<>();
  private final Map<Cidr, NeighbourTarget.Key> neighbourByNetwork = new HashMap<>();

  /** What an endpoint consists of besides its policy. */
  record Parts(
      Reconciler<Path, String> settings,
      AddressRoutes routes,
      Reconciler<NeighbourTarget.Key, String> neighbours,
      Reconciler<Shaper.Key, Shaper> shapers,
      PeeringAddresses peering) {}

  Endpoints(
      DataplaneConfig config,
      Interfaces interfaces,
      List<PolicyTable> tables,
      Parts parts,
      LiveMigrations migrations,
      Flows flows) {
    this.config = config;
    this.interfaces = interfaces;
    this.tables = tables;
    this.settings = parts.settings();
    this.routes = parts.routes();
    this.neighbours = parts.neighbours();
    this.shapers = parts.shapers();
    this.peering = parts.peering();
    this.migrations = migrations;
    this.flows = flows;
  }

  Set<StateKey.Endpoint> ids() {
    return endpoints.keySet();
  }

  /**
   * Sets or removes an endpoint.
   *
   * @param endpoint null to remove it
   * @return the endpoints whose condition may be another now
   */
  Set<StateKey.Endpoint> put(StateKey.Endpoint id, @Nullable LocalEndpoint endpoint) {
    LocalEndpoint old = endpoint == null ? endpoints.remove(id) : endpoints.put(id, endpoint);
    Set<StateKey.Endpoint> touched = new HashSet<>();
    touched.add(id);
    if (old != null) {
      names.remove(old.interfaceName(), id);
      for (Cidr network : old.networks()) {
        networks.remove(network, id);
      }
    }
    if (endpoint != null) {
      names.add(endpoint.interfaceName(), id);
      for (Cidr network : programmed(endpoint)) {
        networks.add(network, id);
      }
    }
    for (LocalEndpoint e : new LocalEndpoint[] {old, endpoint}) {
      if (e != null) {
        toRender.add(e.interfaceName());
        touched.addAll(refreshInterface(e.interfaceName()));
        e.networks().forEach(network -> touched.addAll(refresh(network)));
      }
    }
    return touched;
  }

  private List<Cidr> programmed(LocalEndpoint endpoint) {
    return endpoint.networks().stream()
        .filter(n -> config.ipv6Enabled() || n.family() == Family.IPV4)
        .toList();
  }

  /**
   * An interface came, went or changed.
   *
   * @param cameUp whether it was not up before: then the kernel has forgotten what was on it
   * @return the endpoints whose condition may be another now
   */
  Set<StateKey.Endpoint> interfaceChanged(String name, boolean cameUp) {
    StateKey.Endpoint owner = names.winner(name);
    if (owner == null) {
      return Set.of();
    }
    if (cameUp) {
      sourceCheck = InterfaceSettings.sourceCheck();
      for (Path path : interfaceSettings(name).keySet()) {
        settings.observed(path, null);
      }
      peering.cameUp(name);
    }
    Set<StateKey.Endpoint> touched = refreshInterface(name);
    if (cameUp) {
      bandwidths(name).keySet().forEach(key -> shapers.observed(key, null));
    }
    for (Cidr network : endpoint(owner).networks()) {
      if (cameUp) {
        routes.gone(network);
        NeighbourTarget.Key neighbour = neighbourOf(network);
        if (neighbour != null) {
          neighbours.observed(neighbour, null);
        }
      }
      touched.addAll(refresh(network));
    }
    return touched;
  }

  /**
   * An endpoint is at another point of its migration.
   *
   * @return the endpoints whose condition may be another now
   */
  Set<StateKey.Endpoint> migrated(StateKey.Endpoint id) {
    Set<StateKey.Endpoint> touched = new HashSet<>();
    endpoint(id).networks().forEach(network -> touched.addAll(refresh(network)));
    return touched;
  }

  /** The interface of an endpoint that is there. */
  String interfaceName(StateKey.Endpoint id) {
    return endpoint(id).interfaceName();
  }

  private Map<Path, String> interfaceSettings(String name) {
    StateKey.Endpoint owner = names.winner(name);
    boolean spoofs = owner != null && !endpoint(owner).spoofed().isEmpty();
    // Rules check the sources of what may send from some foreign addresses.
    String check = spoofs && sourceCheck != null ? "0" : sourceCheck;
    return InterfaceSettings.workload(name, config.ipv6Enabled(), check);
  }

  private LocalEndpoint endpoint(StateKey.Endpoint id) {
    LocalEndpoint endpoint = endpoints.get(id);
    if (endpoint == null) {
      throw new IllegalStateException(id + " has a claim but is not there");
    }
    return endpoint;
  }

  /**
   * All that was there before the last restart has been put. What has no interface now has no
   * connections either: nobody may have been there to see the interface go.
   */
  void inputInSync() {
    endpoints.forEach(
        (id, endpoint) ->
            programmed(endpoint).stream()
                .filter(_ -> migrations.of(id).isHere())
                .filter(network -> routes.desired(network) == null)
                .forEach(network -> flows.moved(network.address())));
  }

  /** Whether {@link #renderPolicy} is to change chains that an interface has already. */
  boolean replacesPolicy() {
    return toRender.stream().anyMatch(renderedByName::containsKey);
  }

  /**
   * Desires the chains of the endpoints that were put since the last time: an interface has those
   * of the endpoint that it belongs to. First all go that have to, for an endpoint that has left
   * one interface may have another now.
   */
  void renderPolicy() {
    for (String name : toRender) {
      StateKey.Endpoint old = renderedByName.remove(name);
      if (old != null && !old.equals(names.winner(name))) {
        tables.forEach(table -> table.remove(old));
      }
    }
    for (String name : toRender) {
      StateKey.Endpoint owner = names.winner(name);
      if (owner != null) {
        renderedByName.put(name, owner);
        tables.forEach(table -> table.endpoint(owner, endpoint(owner)));
      }
    }
    toRender.clear();
  }

  /** Settings of an interface that is up and belongs to an endpoint. */
  private Set<StateKey.Endpoint> refreshInterface(String name) {
    StateKey.Endpoint owner = names.winner(name);
    Interface i = interfaces.named(name);
    interfaceSettings(name)
        .forEach(
            (path, value) -> {
              if (owner != null && i != null && i.up()) {
                settings.desire(path, value);
              } else {
                settings.undesire(path);
                settings.observed(path, null);
              }
            });
    if (owner == null || i == null || !i.up()) {
      peering.put(name, 0, List.of());
    } else {
      peering.put(name, i.index(), endpoint(owner).bgpPeer().hostAddresses());
    }
    Map<Shaper.Key, Shaper> wanted = bandwidths(name);
    for (boolean egress : new boolean[] {false, true}) {
      Shaper.Key key = new Shaper.Key(name, egress);
      Shaper shaper = wanted.get(key);
      if (shaper == null) {
        shapers.undesire(key);
      } else {
        shapers.desire(key, shaper);
      }
    }
    return owner == null ? new HashSet<>() : new HashSet<>(Set.of(owner));
  }

  /** Of the endpoint to which an interface that is up belongs. */
  private Map<Shaper.Key, Shaper> bandwidths(String name) {
    StateKey.Endpoint owner = names.winner(name);
    Interface i = interfaces.named(name);
    if (owner == null || i == null || !i.up()) {
      return Map.of();
    }
    Map<Shaper.Key, Shaper> wanted = new HashMap<>();
    LocalEndpoint endpoint = endpoint(owner);
    Bandwidth ingress = endpoint.ingress().bandwidth();
    if (ingress != null) {
      wanted.put(new Shaper.Key(name, false), Shaper.of(ingress, i.mtu()));
    }
    Bandwidth egress = endpoint.egress().bandwidth();
    if (egress != null) {
      wanted.put(new Shaper.Key(name, true), Shaper.of(egress, i.mtu()));
    }
    return wanted;
  }

  private Set<StateKey.Endpoint> refresh(Cidr network) {
    StateKey.Endpoint owner = networks.winner(network);
    LocalEndpoint endpoint = owner == null ? null : endpoint(owner);
    Interface i = endpoint == null ? null : interfaces.named(endpoint.interfaceName());
    NeighbourTarget.Key old = neighbourOf(network);
    LocalRoute before = routes.desired(network);
    if (before != null && (i == null || !i.up() || before.interfaceIndex() != i.index())) {
      flows.moved(network.address());
    }
    LiveMigrations.State migration = migrations.of(owner);
    if (endpoint == null || i == null || !i.up() || !migration.isHere()) {
      routes.undesire(network);
      if (old != null) {
        neighbours.undesire(old);
        neighbourByNetwork.remove(network);
      }
    } else {
      routes.desire(network, i.index(), migration.isElevated());
      NeighbourTarget.Key now = new NeighbourTarget.Key(i.index(), network.address());
      if (old != null && (!old.equals(now) || endpoint.mac() == null)) {
        neighbours.undesire(old);
        neighbourByNetwork.remove(network);
      }
      if (endpoint.mac() != null) {
        neighbours.desire(now, NeighbourTarget.value(endpoint.mac()));
        neighbourByNetwork.put(network, now);
      }
    }
    return owner == null ? Set.of() : Set.of(owner);
  }

  private NeighbourTarget.@Nullable Key neighbourOf(Cidr network) {
    return neighbourByNetwork.get(network);
  }

  /** The endpoint that an address is routed to, or null. */
  StateKey.@Nullable Endpoint ownerOf(Cidr network) {
    return networks.winner(network);
  }

  /** The endpoint that an interface belongs to, or null. */
  StateKey.@Nullable Endpoint ownerOf(String interfaceName) {
    return names.winner(interfaceName);
  }

  /** Whether this is the endpoint that its interface belongs to. */
  boolean ownsInterface(StateKey.Endpoint id) {
    LocalEndpoint endpoint = endpoints.get(id);
    return endpoint != null && id.equals(names.winner(endpoint.interfaceName()));
  }

  /** How the endpoint is, from what is known to be in the kernel. */
  Condition condition(StateKey.Endpoint id) {
    LocalEndpoint endpoint = endpoint(id);
    String name = endpoint.interfaceName();
    if (!ownsInterface(id)) {
      return new Condition(State.ERROR, "interface " + name + " belongs to " + names.winner(name));
    }
    for (PolicyTable table : tables) {
      String problem = table.ledger().problem(id);
      if (problem != null) {
        return new Condition(State.ERROR, "policy: " + problem);
      }
    }
    Interface i = interfaces.named(name);
    if (i == null || !i.up()) {
      return new Condition(
          State.DOWN, "interface " + name + (i == null ? " is missing" : " is down"));
    }
    for (Path path : interfaceSettings(name).keySet()) {
      if (!settings.isApplied(path)) {
        return new Condition(State.DOWN, "setting " + path + ": " + settings.failure(path));
      }
    }
    for (Shaper.Key key : bandwidths(name).keySet()) {
      Exception failure = shapers.failure(key);
      if (failure != null || !shapers.isApplied(key)) {
        return new Condition(
            failure == null ? State.DOWN : State.ERROR,
            (key.egress() ? "egress" : "ingress")
                + " bandwidth: "
                + (failure == null ? "pending" : failure.getMessage()));
      }
    }
    for (Cidr network : programmed(endpoint)) {
      StateKey.Endpoint owner = networks.winner(network);
      if (!id.equals(owner)) {
        return new Condition(State.ERROR, "address " + network + " belongs to " + owner);
      }
      Exception failure = routes.failure(network);
      if (failure != null || !routes.isApplied(network)) {
        return new Condition(
            failure == null ? State.DOWN : State.ERROR,
            "route " + network + ": " + (failure == null ? "pending" : failure.getMessage()));
      }
      NeighbourTarget.Key neighbour = neighbourOf(network);
      if (neighbour != null && !neighbours.isApplied(neighbour)) {
        return new Condition(
            State.DOWN, "neighbour " + network.address() + ": " + neighbours.failure(neighbour));
      }
    }
    return Condition.UP;
  }
}
