package calico.felix.state;

import calico.model.key.ResourceKey;
import calico.model.resource.WorkloadEndpointName;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.Comparator;
import java.util.Objects;

/** Names one thing in a node's desired state; each is typed by its value. */
public sealed interface StateKey<V> {

  /** What policy applies to and whose status is reported. */
  sealed interface EndpointKey<V> extends StateKey<V> {}

  /**
   * A local workload's endpoint.
   *
   * @param workload {@code namespace/workload}
   */
  record Endpoint(String orchestrator, String workload, String endpoint)
      implements EndpointKey<LocalEndpoint>, Comparable<Endpoint> {
    private static final Comparator<Endpoint> ORDER =
        Comparator.comparing(Endpoint::orchestrator)
            .thenComparing(Endpoint::workload)
            .thenComparing(Endpoint::endpoint);

    /** Of several with one interface or address the first has it. */
    @Override
    public int compareTo(Endpoint o) {
      return ORDER.compare(this, o);
    }

    /**
     * That of a WorkloadEndpoint.
     *
     * @throws IllegalArgumentException if its name is not of the form of such names
     */
    public static Endpoint of(ResourceKey<WorkloadEndpointSpec> key) {
      WorkloadEndpointName name = WorkloadEndpointName.parse(key.name());
      String namespace = Objects.requireNonNullElse(key.namespace(), "");
      return new Endpoint(name.orchestrator(), namespace + "/" + name.workload(), name.endpoint());
    }
  }

  /** One or all of this host's own interfaces; the name is the HostEndpoint's. */
  record HostEndpoint(String name)
      implements EndpointKey<LocalHostEndpoint>, Comparable<HostEndpoint> {
    /** Of several for one interface the first counts. */
    @Override
    public int compareTo(HostEndpoint o) {
      return name.compareTo(o.name);
    }
  }

  /**
   * A policy.
   *
   * @param kind "GlobalNetworkPolicy" or "NetworkPolicy"
   * @param namespace empty for global policies
   */
  record PolicyId(String kind, String namespace, String name)
      implements StateKey<Policy>, Comparable<PolicyId> {
    /** Upstream's order between policies of equal order: the string name/namespace/kind. */
    @Override
    public int compareTo(PolicyId o) {
      if (!name.startsWith(o.name) && !o.name.startsWith(name)) {
        return name.compareTo(o.name); // what follows the names does not come into it
      }
      return (name + "/" + namespace + "/" + kind)
          .compareTo(o.name + "/" + o.namespace + "/" + o.kind);
    }

    /** {@code kind(namespace/name)}. */
    @Override
    public String toString() {
      return kind + "(" + (namespace.isEmpty() ? "" : namespace + "/") + name + ")";
    }
  }

  record ProfileId(String name) implements StateKey<ProfileRules> {}

  /**
   * A set of addresses or address-port pairs.
   *
   * @param id upstream's set identifier: a hash of what selects the members
   */
  record SetId(String id) implements StateKey<AddressSet> {}

  /** An IP pool, by its prefix. */
  record PoolId(calico.model.Cidr cidr) implements StateKey<Pool> {}

  /** The address of some node of the cluster, as long as one has it; the value is its name. */
  record NodeIp(calico.model.Ip ip) implements StateKey<String> {}

  /** An address outside of the pools that is translated to a workload's on this node. */
  record FloatingIpId(calico.model.Ip external) implements StateKey<FloatingIp> {}

  /**
   * An address whose packets carry a differentiated services code point, 0 to 63, when they leave
   * the cluster; the value is that.
   */
  record CodePointId(calico.model.Ip source) implements StateKey<Integer> {}

  /** A prefix of services' addresses; there is nothing more to it, so the value is always true. */
  record ServiceRangeId(calico.model.Cidr cidr) implements StateKey<Boolean> {}

  /** How packets come to other nodes; concerns routes and tunnels only. */
  sealed interface Routing<V> extends StateKey<V> {}

  /** The route to a prefix that some node has. */
  record RouteId(calico.model.Cidr destination) implements Routing<ClusterRoute> {}

  /** Another node's end of the VXLAN tunnels. */
  record VtepId(calico.model.Family family, String node) implements Routing<Vtep> {}

  /** This node's end of the VXLAN tunnels; there is one exactly if VXLAN is in use. */
  record OwnVtepId(calico.model.Family family) implements Routing<Vtep> {}

  /** This node's address among the nodes. */
  record OwnIpId(calico.model.Family family) implements Routing<calico.model.Ip> {}

  /** The address of this node's IPIP device; there is one exactly if IPIP is in use. */
  record OwnIpipId() implements Routing<calico.model.Ip> {}

  /** The route to a prefix that some node has, as far as WireGuard is concerned. */
  record WireguardRouteId(calico.model.Cidr destination) implements Routing<ClusterRoute> {}

  /** Another node with which packets of a family can be encrypted. */
  record WireguardPeerId(calico.model.Family family, String node)
      implements Routing<WireguardPeer> {}

  /** The address of this node's WireGuard device; it need not have one. */
  record OwnWireguardId(calico.model.Family family) implements Routing<calico.model.Ip> {}
}
