package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.felix.dataplane.StatusListener.Condition;
import calico.felix.dataplane.StatusListener.State;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.StateKey;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Joins host endpoints with the host's interfaces. An interface is the first host endpoint's that
 * has its name or one of its addresses; an endpoint with a name guards that name before there is
 * such an interface.
 */
final class HostEndpoints {
  private final DataplaneConfig config;
  private final Interfaces interfaces;
  private final List<PolicyTable> tables;

  private final NavigableMap<StateKey.HostEndpoint, LocalHostEndpoint> endpoints = new TreeMap<>();

  /** By interface name, for those that are there or that an endpoint names. */
  private final Map<String, StateKey.HostEndpoint> owners = new HashMap<>();

  private final Map<StateKey.HostEndpoint, Set<String>> owned = new HashMap<>();
  private final Set<StateKey.HostEndpoint> toRender = new LinkedHashSet<>();

  HostEndpoints(DataplaneConfig config, Interfaces interfaces, List<PolicyTable> tables) {
    this.config = config;
    this.interfaces = interfaces;
    this.tables = tables;
  }

  Set<StateKey.HostEndpoint> ids() {
    return endpoints.keySet();
  }

  /**
   * Sets or removes an endpoint.
   *
   * @param endpoint null to remove it
   * @return the endpoints whose condition may be another now
   */
  Set<StateKey.HostEndpoint> put(StateKey.HostEndpoint id, @Nullable LocalHostEndpoint endpoint) {
    LocalHostEndpoint old = endpoint == null ? endpoints.remove(id) : endpoints.put(id, endpoint);
    Set<String> names = new HashSet<>(owned.getOrDefault(id, Set.of()));
    for (LocalHostEndpoint e : new LocalHostEndpoint[] {old, endpoint}) {
      if (e != null && !e.interfaceName().isEmpty()) {
        names.add(e.interfaceName());
      }
    }
    if (endpoint != null && endpoint.interfaceName().isEmpty()) {
      endpoint
          .expectedIps()
          .forEach(ip -> interfaces.withAddress(ip).forEach(i -> names.add(i.name())));
    }
    Set<StateKey.HostEndpoint> touched = new HashSet<>(Set.of(id));
    toRender.add(id);
    names.forEach(name -> touched.addAll(assign(name)));
    return touched;
  }

  /**
   * An interface came, went, or changed its state or addresses.
   *
   * @return the endpoints whose condition may be another now
   */
  Set<StateKey.HostEndpoint> interfaceChanged(String name) {
    Set<StateKey.HostEndpoint> touched = assign(name);
    StateKey.HostEndpoint owner = owners.get(name);
    if (owner != null) {
      touched.add(owner);
    }
    return touched;
  }

  /** Finds out whose an interface is; gives the endpoints for which that is new. */
  private Set<StateKey.HostEndpoint> assign(String name) {
    StateKey.HostEndpoint owner = ownerOf(name);
    StateKey.HostEndpoint old = owner == null ? owners.remove(name) : owners.put(name, owner);
    Set<StateKey.HostEndpoint> touched = new HashSet<>();
    if (old != null && !old.equals(owner)) {
      owned.getOrDefault(old, new HashSet<>()).remove(name);
      touched.add(old);
    }
    if (owner != null && !owner.equals(old)) {
      owned.computeIfAbsent(owner, _ -> new TreeSet<>()).add(name);
      touched.add(owner);
    }
    toRender.addAll(touched);
    return touched;
  }

  /** A node has few host endpoints, so all are looked at. */
  private StateKey.@Nullable HostEndpoint ownerOf(String name) {
    if (config.isWorkload(name)) {
      return null;
    }
    Interface i = interfaces.named(name);
    for (Map.Entry<StateKey.HostEndpoint, LocalHostEndpoint> e : endpoints.entrySet()) {
      LocalHostEndpoint endpoint = e.getValue();
      boolean matches =
          endpoint.interfaceName().isEmpty()
              ? i != null
                  && !Collections.disjoint(endpoint.expectedIps(), interfaces.addresses(i.index()))
              : endpoint.interfaceName().equals(name);
      if (matches) {
        return e.getKey();
      }
    }
    return null;
  }

  /** Desires the chains of the endpoints to which something happened since the last time. */
  void renderPolicy() {
    for (StateKey.HostEndpoint id : toRender) {
      LocalHostEndpoint endpoint = endpoints.get(id);
      Set<String> names = owned.getOrDefault(id, Set.of());
      if (names.isEmpty()) {
        owned.remove(id);
      }
      for (PolicyTable table : tables) {
        if (endpoint == null || names.isEmpty()) {
          table.remove(id);
        } else {
          table.hostEndpoint(id, endpoint, names);
        }
      }
    }
    toRender.clear();
  }

  /** How the endpoint is, from what is known to be in the kernel. */
  Condition condition(StateKey.HostEndpoint id) {
    Set<String> names = owned.getOrDefault(id, Set.of());
    boolean any = names.contains(LocalHostEndpoint.ANY_INTERFACE);
    if (!any && names.stream().allMatch(name -> interfaces.named(name) == null)) {
      return new Condition(State.ERROR, unmatched(id));
    }
    for (PolicyTable table : tables) {
      String problem = table.ledger().problem(id);
      if (problem != null) {
        return new Condition(State.ERROR, "policy: " + problem);
      }
    }
    for (String name : names) {
      Interface i = interfaces.named(name);
      if (!name.equals(LocalHostEndpoint.ANY_INTERFACE) && (i == null || !i.up())) {
        return new Condition(State.DOWN, "interface " + name + " is down");
      }
    }
    return Condition.UP;
  }

  private String unmatched(StateKey.HostEndpoint id) {
    LocalHostEndpoint endpoint = endpoints.get(id);
    if (endpoint == null) {
      throw new IllegalStateException(id + " is not there");
    }
    String name = endpoint.interfaceName();
    StateKey.HostEndpoint owner = owners.get(name);
    if (owner != null && !owner.equals(id)) {
      return "interface " + name + " belongs to host endpoint " + owner.name();
    }
    return name.isEmpty()
        ? "no interface has an address of " + endpoint.expectedIps() + " for itself"
        : "there is no interface " + name;
  }
}
