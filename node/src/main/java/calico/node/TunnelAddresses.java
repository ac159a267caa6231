package calico.node;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.ipam.AssignRequest;
import calico.ipam.Assignment;
import calico.ipam.Ipam;
import calico.ipam.IpamException;
import calico.ipam.Use;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.NodeStatus;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.model.selector.Selector;
import calico.reconcile.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses of this node's tunnel devices: each is taken from a pool that uses its tunnel and
 * selects the node, is written to the Node, and is kept as long as there is such a pool around it.
 * WireGuard can take one from any pool, as soon as Felix says that it runs; where it encrypts the
 * hosts' own packets, its device has the host's address.
 */
final class TunnelAddresses implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TunnelAddresses.class);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final int CONFLICT_RETRIES = 5;

  private final Datastore datastore;
  private final Ipam ipam;
  private final String node;
  private final boolean hostsEncrypted;
  private final EventLoop loop =
      new EventLoop("tunnel-addresses", e -> LOG.error("tunnel addresses cannot be assigned", e));
  private final Syncer syncer;

  // Of the loop.
  private boolean pending;

  /** A tunnel, under the names of its handles and attributes. */
  private enum Tunnel {
    IPIP(Family.IPV4, "ipip", "ipipTunnelAddress"),
    VXLAN(Family.IPV4, "vxlan", "vxlanTunnelAddress"),
    VXLAN_V6(Family.IPV6, "vxlan-v6", "vxlanV6TunnelAddress"),
    WIREGUARD(Family.IPV4, "wireguard", "wireguardTunnelAddress"),
    WIREGUARD_V6(Family.IPV6, "wireguard-v6", "wireguardV6TunnelAddress");

    final Family family;
    final String name;
    final String type;

    Tunnel(Family family, String name, String type) {
      this.family = family;
      this.name = name;
      this.type = type;
    }

    String handle(String node) {
      return name + "-tunnel-addr-" + node;
    }

    boolean isWireguard() {
      return this == WIREGUARD || this == WIREGUARD_V6;
    }

    boolean isUsedBy(IpPoolSpec pool) {
      String mode = this == IPIP ? pool.ipipMode() : pool.vxlanMode();
      return isWireguard() || (mode != null && !mode.equals("Never"));
    }

    @Nullable String address(NodeSpec spec) {
      NodeSpec.Bgp bgp = spec.bgp();
      NodeSpec.Wireguard wireguard = spec.wireguard();
      return switch (this) {
        case IPIP -> bgp == null ? null : bgp.ipv4IPIPTunnelAddr();
        case VXLAN -> spec.ipv4VXLANTunnelAddr();
        case VXLAN_V6 -> spec.ipv6VXLANTunnelAddr();
        case WIREGUARD -> wireguard == null ? null : wireguard.interfaceIPv4Address();
        case WIREGUARD_V6 -> wireguard == null ? null : wireguard.interfaceIPv6Address();
      };
    }

    NodeSpec with(NodeSpec spec, @Nullable String address) {
      NodeSpec.Bgp bgp = spec.bgp();
      if (this == IPIP && (bgp != null || address != null)) {
        NodeSpec.Bgp old =
            bgp != null ? bgp : new NodeSpec.Bgp(null, null, null, null, null, Unknown.NONE);
        bgp =
            new NodeSpec.Bgp(
                old.asNumber(),
                old.ipv4Address(),
                old.ipv6Address(),
                address,
                old.routeReflectorClusterID(),
                old.unknown());
      }
      return new NodeSpec(
          bgp,
          this == VXLAN ? address : spec.ipv4VXLANTunnelAddr(),
          spec.vxlanTunnelMACAddr(),
          this == VXLAN_V6 ? address : spec.ipv6VXLANTunnelAddr(),
          spec.vxlanTunnelMACAddrV6(),
          spec.orchRefs(),
          isWireguard() ? wireguard(spec.wireguard(), address) : spec.wireguard(),
          spec.addresses(),
          spec.interfaces(),
          spec.unknown());
    }

    private NodeSpec.@Nullable Wireguard wireguard(
        NodeSpec.@Nullable Wireguard before, @Nullable String address) {
      NodeSpec.Wireguard old =
          before != null ? before : new NodeSpec.Wireguard(null, null, Unknown.NONE);
      NodeSpec.Wireguard now =
          new NodeSpec.Wireguard(
              this == WIREGUARD ? address : old.interfaceIPv4Address(),
              this == WIREGUARD_V6 ? address : old.interfaceIPv6Address(),
              old.unknown());
      return now.equals(new NodeSpec.Wireguard(null, null, Unknown.NONE)) ? null : now;
    }
  }

  /**
   * @param hostsEncrypted whether WireGuard's devices have the host's addresses
   */
  TunnelAddresses(Datastore datastore, Ipam ipam, String node, boolean hostsEncrypted) {
    this.datastore = datastore;
    this.ipam = ipam;
    this.node = node;
    this.hostsEncrypted = hostsEncrypted;
    this.syncer =
        new Syncer(
            datastore, List.of(Query.all(Kinds.IP_POOL), Query.all(Kinds.NODE)), new Listener());
  }

  /** Follows changes of the pools and of this node, from now on. */
  void start() {
    syncer.start();
  }

  private final class Listener implements SyncListener {
    @Override
    public void onStatus(Status status) {}

    @Override
    public <V> void onUpdate(Key<V> key, @Nullable V value) {
      if (key instanceof ResourceKey<?> r
          && (r.kind().equals(Kinds.IP_POOL) || r.name().equals(node))) {
        loop.execute(() -> later(Duration.ZERO));
      }
    }
  }

  private void later(Duration delay) {
    if (!pending) {
      pending = true;
      loop.schedule(
          delay,
          () -> {
            pending = false;
            try {
              ensure();
            } catch (DatastoreException | IpamException e) {
              LOG.warn("tunnel addresses: trying again: {}", e.getMessage());
              later(RETRY);
            }
          });
    }
  }

  /** Assigns what is missing and releases what is not needed. Repeating it changes nothing. */
  void ensure() {
    Set<String> serving = ipam.servingPools();
    List<Resource<IpPoolSpec>> pools =
        datastore.list(Query.all(Kinds.IP_POOL)).entries().stream()
            .map(Entry::value)
            .filter(pool -> serving.contains(pool.metadata().name()))
            .toList();
    for (Tunnel tunnel : Tunnel.values()) {
      ensure(tunnel, pools);
    }
  }

  private void ensure(Tunnel tunnel, List<Resource<IpPoolSpec>> pools) {
    Resource<NodeSpec> resource =
        datastore.get(ResourceKey.of(Kinds.NODE, node)).map(Entry::value).orElse(null);
    if (resource == null) {
      return; // start-up writes it
    }
    List<Cidr> usable = runs(tunnel, resource) ? usable(tunnel, pools, resource) : List.of();
    String text = tunnel.address(resource.spec());
    Ip current = text == null ? null : Ip.tryParse(text);
    String handle = tunnel.handle(node);
    List<Ip> held = usable.isEmpty() && text == null ? List.of() : ipam.ipsByHandle(handle);
    if (current != null
        && held.equals(List.of(current))
        && usable.stream().anyMatch(pool -> pool.contains(current))) {
      return;
    }
    if (!held.isEmpty()) {
      ipam.releaseByHandle(handle);
    }
    Ip assigned = usable.isEmpty() ? null : assign(tunnel, handle, usable);
    if (!Objects.equals(text, assigned == null ? null : assigned.toString())) {
      write(tunnel, assigned == null ? null : assigned.toString());
      LOG.info("tunnel address: tunnel={} address={}", tunnel.name, assigned);
    }
  }

  private @Nullable Ip assign(Tunnel tunnel, String handle, List<Cidr> pools) {
    AssignRequest request =
        new AssignRequest(
            node,
            handle,
            Map.of("node", node, "type", tunnel.type),
            Map.of(tunnel.family, 1),
            pools,
            Map.of(),
            null,
            Use.TUNNEL,
            0);
    try {
      Assignment assignment = ipam.autoAssign(request);
      if (assignment.complete()) {
        return assignment.addresses().getFirst().ip();
      }
      LOG.warn("no address for tunnel {}: {}", tunnel.name, assignment.shortfalls());
    } catch (IpamException e) {
      LOG.warn("no address for tunnel {}: {}", tunnel.name, e.getMessage());
    }
    return null;
  }

  /** Without a public key no other node knows this one's WireGuard. */
  private boolean runs(Tunnel tunnel, Resource<NodeSpec> resource) {
    return !tunnel.isWireguard()
        || (!hostsEncrypted && NodeStatus.of(resource).publicKey(tunnel.family) != null);
  }

  private static List<Cidr> usable(
      Tunnel tunnel, List<Resource<IpPoolSpec>> pools, Resource<NodeSpec> resource) {
    Map<String, String> labels = resource.metadata().labels();
    return pools.stream()
        .filter(pool -> isUsable(tunnel, pool.spec(), labels))
        .map(pool -> Cidr.parse(pool.spec().cidr()))
        .filter(cidr -> cidr.family() == tunnel.family)
        .toList();
  }

  private static boolean isUsable(Tunnel tunnel, IpPoolSpec pool, Map<String, String> labels) {
    List<String> uses = pool.allowedUses();
    String selector = pool.nodeSelector();
    return tunnel.isUsedBy(pool)
        && (uses == null || uses.isEmpty() || uses.contains(Use.TUNNEL.toString()))
        && (selector == null || selector.isEmpty() || Selector.parse(selector).matches(labels));
  }

  private void write(Tunnel tunnel, @Nullable String address) {
    ResourceKey<NodeSpec> key = ResourceKey.of(Kinds.NODE, node);
    for (int attempt = 1; ; attempt++) {
      Entry<Resource<NodeSpec>> stored = datastore.get(key).orElse(null);
      if (stored == null) {
        return;
      }
      Resource<NodeSpec> before = stored.value();
      try {
        datastore.update(
            key, before.withSpec(tunnel.with(before.spec(), address)), stored.revision());
        return;
      } catch (DatastoreException.Conflict e) {
        if (attempt == CONFLICT_RETRIES) {
          throw e;
        }
      }
    }
  }

  @Override
  public void close() {
    syncer.close();
    loop.close();
  }
}
