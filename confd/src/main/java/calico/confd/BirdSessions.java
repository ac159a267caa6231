package calico.confd;

import calico.confd.PeerFilter.Direction;
import calico.model.Family;
import calico.model.Ip;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The text of a node's BGP sessions in one family, and of what only they need.
 *
 * @param own address of the node
 */
record BirdSessions(NodeBgp node, Ip own) {
  private static final int DEFAULT_HOLD_SECONDS = 240;

  /**
   * @param faults what is refused is added here
   */
  String text(Collection<Fault> faults) {
    BirdPeerFilters filters = new BirdPeerFilters(node.state(), family(), faults);
    List<Peer> peers = node.sessions(family());
    List<String> named = new ArrayList<>();
    peers.forEach(peer -> named.addAll(peer.options().filters()));
    StringBuilder out = new StringBuilder("\n").append(filters.functions(named));
    out.append(gateways()).append(template());
    for (Peer peer : peers) {
      append(out, peer, filters);
    }
    return out.toString();
  }

  private Family family() {
    return own.family();
  }

  /** Routes to the peers that are reached by a gateway of their own. */
  private String gateways() {
    SortedMap<Ip, Ip> byPeer = new TreeMap<>();
    for (Peer peer : node.sessions(family())) {
      Ip gateway = peer.options().gateway();
      if (gateway != null && gateway.family() == family()) {
        byPeer.putIfAbsent(peer.address(), gateway);
      }
    }
    if (byPeer.isEmpty()) {
      return "";
    }
    StringBuilder out = new StringBuilder("# Ways to peers.\nprotocol static gateways");
    out.append(family().version()).append(" {\n");
    line(out, "ipv" + family().version());
    byPeer.forEach(
        (peer, gateway) ->
            line(out, "route %s/%d via %s".formatted(peer, family().bits(), gateway)));
    return out.append("}\n\n").toString();
  }

  private String template() {
    return """
    template bgp peer%1$d {
      local port %2$d as %3$d;
      graceful restart;
      connect delay time 1;
      connect retry time 2;
      error wait time 1, 10;
      ipv%1$d {
        import filter from_peers%1$d;
        export filter to_same_as%1$d;
        gateway recursive;
        add paths;
      };
    }
    """
        .formatted(
            family().version(), node.settings().listenPort(node.settings().nodeName()), node.as());
  }

  private void append(StringBuilder out, Peer peer, BirdPeerFilters filters) {
    out.append("\n# ").append(BirdConfig.comment(peer.origin())).append('\n');
    out.append("protocol bgp ").append(peer.protocol());
    out.append(" from peer").append(family().version()).append(" {\n");
    String port = peer.port() == 0 ? "" : " port " + peer.port();
    line(out, "neighbor " + peer.address() + port + " as " + peer.as());
    if (peer.ownAs() != node.as()) {
      line(out, "local as " + peer.ownAs());
    }
    if (peer.usesNodeIp()) {
      line(out, "source address " + own);
      if (node.bindsNodeIp(family())) {
        line(out, "strict bind");
      }
    }
    appendOptions(out, peer.options());
    if (peer.passive()) {
      line(out, "passive");
    }
    if (peer.clientOf() != null) {
      line(out, "rr client");
      line(out, "rr cluster id " + peer.clientOf());
    }
    String channel = channel(peer, filters);
    if (!channel.isEmpty()) {
      out.append("  ipv").append(family().version()).append(" {").append(channel).append(" };\n");
    }
    out.append("}\n");
  }

  private static void appendOptions(StringBuilder out, PeerOptions options) {
    if (options.ttlSecurityHops() > 0) {
      line(out, "multihop " + options.ttlSecurityHops());
      line(out, "ttl security");
    } else {
      line(out, "multihop");
    }
    if (options.locked()) {
      line(out, "disabled"); // there is no password for it
    }
    if (options.password() != null) {
      line(out, "password \"" + options.password() + "\"");
    }
    if (options.restartSeconds() > 0) {
      line(out, "graceful restart time " + options.restartSeconds());
    }
    int keepalive = options.keepaliveSeconds();
    if (keepalive > 0) {
      if (3 * keepalive > DEFAULT_HOLD_SECONDS) {
        line(out, "hold time " + 3 * keepalive);
      }
      line(out, "keepalive time " + keepalive);
    }
    if (options.ownAsAllowed() > 0) {
      line(out, "allow local as " + options.ownAsAllowed());
    }
  }

  /** What of the channel differs from the template's. */
  private String channel(Peer peer, BirdPeerFilters filters) {
    int version = family().version();
    boolean sameAs = peer.internal();
    List<String> names = peer.options().filters();
    String imports = filters.calls(names, Direction.IMPORT, sameAs);
    String exports = filters.calls(names, Direction.EXPORT, sameAs);
    StringBuilder out = new StringBuilder();
    if (!imports.isEmpty()) {
      out.append(" import filter { %s%s(); };".formatted(imports, BirdRouteFilters.take(family())));
    }
    if (!exports.isEmpty()) {
      out.append(
          " export filter { %s(); %sadvertise%d(%s); };"
              .formatted(BirdRouteFilters.prioritize(family()), exports, version, sameAs));
    } else if (!sameAs) {
      out.append(" export filter to_other_as%d;".formatted(version));
    }
    if (peer.options().nextHop() != null) {
      out.append(" next hop ").append(peer.options().nextHop()).append(';');
    }
    return out.toString();
  }

  private static void line(StringBuilder out, String statement) {
    out.append("  ").append(statement).append(";\n");
  }
}
