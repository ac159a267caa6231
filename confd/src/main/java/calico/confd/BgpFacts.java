package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.json.Json;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a node's BGP is to be, as JSON for programs that are not ours. */
record BgpFacts(NodeBgp node) {

  /** The members are those of {@code docs/reference/bgp/README.md}. */
  String json() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("node", self());
    all.put("listenPort", node.settings().listenPort(node.settings().nodeName()));
    all.put("logSeverity", node.settings().logSeverity());
    List<Object> peers = new ArrayList<>();
    List<Object> blocks = new ArrayList<>();
    List<Object> pools = new ArrayList<>();
    List<Object> services = new ArrayList<>();
    for (Family family : Family.values()) {
      node.sessions(family).forEach(peer -> peers.add(peer(peer)));
      node.blocks(family).forEach(block -> blocks.add(block.toString()));
      node.pools(family).forEach(pool -> pools.add(pool(pool)));
      for (Cidr cidr : node.services(family).announced()) {
        services.add(cidr.toString());
      }
    }
    all.put("peers", peers);
    all.put("blocks", blocks);
    all.put("pools", pools);
    all.put("services", services);
    return Json.printPretty(all) + "\n";
  }

  private Map<String, @Nullable Object> self() {
    Map<String, @Nullable Object> self = new LinkedHashMap<>();
    self.put("name", node.settings().nodeName());
    self.put("asNumber", node.as());
    self.put("routerID", node.routerId());
    for (Family family : Family.values()) {
      Ip own = node.address(family);
      self.put("ipv" + family.version(), own == null ? null : own.toString());
    }
    Resource<NodeSpec> resource = node.self();
    self.put("routeReflectorClusterID", resource == null ? null : BgpSettings.clusterId(resource));
    self.put("labels", resource == null ? Map.of() : resource.metadata().labels());
    self.put("tunnels", tunnels(resource));
    return self;
  }

  /** Addresses of the node's tunnel devices, of those that it has. */
  private static Map<String, @Nullable Object> tunnels(@Nullable Resource<NodeSpec> resource) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    if (resource != null) {
      NodeSpec spec = resource.spec();
      NodeSpec.Bgp bgp = spec.bgp();
      NodeSpec.Wireguard wireguard = spec.wireguard();
      tree.put("ipip", bgp == null ? null : bgp.ipv4IPIPTunnelAddr());
      tree.put("vxlan", spec.ipv4VXLANTunnelAddr());
      tree.put("vxlanV6", spec.ipv6VXLANTunnelAddr());
      tree.put("wireguard", wireguard == null ? null : wireguard.interfaceIPv4Address());
      tree.put("wireguardV6", wireguard == null ? null : wireguard.interfaceIPv6Address());
      tree.values().removeIf(Objects::isNull);
    }
    return tree;
  }

  private Map<String, @Nullable Object> peer(Peer peer) {
    PeerOptions options = peer.options();
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("name", peer.protocol());
    tree.put("resource", peer.resource().toString());
    tree.put("address", peer.address().toString());
    tree.put("port", peer.port() == 0 ? BgpSettings.DEFAULT_PORT : peer.port());
    tree.put("asNumber", peer.as());
    tree.put("localASNumber", peer.ownAs());
    tree.put("passive", peer.passive());
    tree.put("reflectorClient", peer.clientOf() != null);
    tree.put("password", options.password());
    tree.put("down", options.locked());
    tree.put("filters", options.filters());
    return tree;
  }

  private Map<String, @Nullable Object> pool(Resource<IpPoolSpec> pool) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("name", pool.metadata().name());
    tree.put("cidr", pool.spec().cidr());
    tree.put("ipipMode", Objects.requireNonNullElse(pool.spec().ipipMode(), "Never"));
    tree.put("vxlanMode", Objects.requireNonNullElse(pool.spec().vxlanMode(), "Never"));
    tree.put("natOutgoing", Boolean.TRUE.equals(pool.spec().natOutgoing()));
    tree.put("exported", !NodeBgp.isWithheld(pool));
    tree.put("routedByBGP", node.settings().programsClusterRoutes(pool.spec()));
    return tree;
  }
}
