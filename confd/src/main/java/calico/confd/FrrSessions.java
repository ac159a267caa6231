package calico.confd;

import calico.confd.PeerFilter.Direction;
import calico.model.Family;
import calico.model.Ip;
import calico.model.resource.Kinds;
import calico.model.resource.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A node's BGP sessions in one family. FRR tells peers apart by their addresses only, and has some
 * settings for all of them in common.
 *
 * @param own address of the node
 * @param faults what FRR cannot express is added here
 */
record FrrSessions(NodeBgp node, Ip own, FrrRouteFilters filters, Collection<Fault> faults) {
  private static final int MAX_OWN_AS_ALLOWED = 10;
  private static final int MAX_HOPS = 254;

  /** The sessions that FRR can have; the first of those to the same address. */
  List<Peer> peers() {
    Map<Ip, Peer> byAddress = new LinkedHashMap<>();
    for (Peer peer : node.sessions(family())) {
      Peer first = byAddress.get(peer.address());
      if (first != null) {
        refuse(
            peer, "spec.peerIP", "FRR has one session with an address, that of " + first.origin());
      } else if (peer.ownAs() != node.as() && peer.internal()) {
        refuse(
            peer,
            "spec.localASNumber",
            "is the peer's AS number; FRR has such sessions only if it is the node's own");
      } else if (BgpSettings.isLinkLocal(peer.address())) {
        refuse(peer, "spec.peerIP", "FRR needs the interface of a link-local address");
      } else {
        byAddress.put(peer.address(), peer);
      }
    }
    return List.copyOf(byAddress.values());
  }

  private Family family() {
    return own.family();
  }

  private void refuse(Peer peer, String field, String reason) {
    faults.add(new Fault(peer.resource(), Problem.error(field, peer.address(), reason)));
  }

  private void warn(Peer peer, String field, Object value, String reason) {
    faults.add(new Fault(peer.resource(), Problem.warning(field, value, reason)));
  }

  /** Static routes to the peers that are reached by a gateway of their own. */
  String gateways(List<Peer> peers) {
    StringBuilder out = new StringBuilder();
    for (Peer peer : peers) {
      Ip gateway = peer.options().gateway();
      if (gateway != null && gateway.family() == family()) {
        out.append(
            "%s route %s %s\n"
                .formatted(FrrPolicies.ip(family()), peer.address().toCidr(), gateway));
      }
    }
    return out.toString();
  }

  /** What a session is, but for its family. */
  List<String> lines(Peer peer) {
    PeerOptions options = peer.options();
    List<String> lines = new ArrayList<>();
    lines.add("remote-as " + peer.as());
    lines.add("description " + peer.protocol());
    if (peer.ownAs() != node.as()) {
      lines.add("local-as " + peer.ownAs() + " no-prepend replace-as");
    }
    if (peer.port() != 0) {
      lines.add("port " + peer.port());
    }
    if (peer.usesNodeIp()) {
      lines.add("update-source " + own);
    }
    addReach(lines, peer);
    lines.add("timers connect 2");
    lines.add("advertisement-interval 0");
    int longest = node.longestRestartSeconds();
    int restart = options.restartSeconds();
    if (restart != longest && restart > 0) {
      String reason = "FRR has one for all sessions; the longest, %ds, is used".formatted(longest);
      warn(peer, "spec.maxRestartTime", restart + "s", reason);
    }
    int keepalive = options.keepaliveSeconds();
    if (keepalive > 0) {
      lines.add("timers " + keepalive + " " + 3 * keepalive);
    }
    String password = options.password();
    boolean usable = password == null || password.matches("\\S+");
    if (!usable) {
      boolean mesh = peer.resource().kind().equals(Kinds.BGP_CONFIGURATION);
      String field = mesh ? "spec.nodeMeshPassword" : "spec.password";
      String reason = "FRR takes no password with spaces; sessions are down";
      faults.add(new Fault(peer.resource(), Problem.error(field, null, reason)));
    } else if (password != null) {
      lines.add("password " + password);
    }
    if (options.locked() || !usable) {
      lines.add("shutdown");
    }
    if (peer.passive()) {
      lines.add("passive");
    }
    return lines.stream().map(line -> "neighbor " + peer.address() + " " + line).toList();
  }

  /** Routers may lie between; sessions inside an AS need no words for that. */
  private void addReach(List<String> lines, Peer peer) {
    int hops = peer.options().ttlSecurityHops();
    if (hops > 0) {
      if (hops > MAX_HOPS) {
        warn(peer, "spec.ttlSecurity", hops, "FRR counts to %d; that is used".formatted(MAX_HOPS));
      }
      lines.add("ttl-security hops " + Math.min(hops, MAX_HOPS));
    } else if (!peer.internal()) {
      lines.add("ebgp-multihop 255");
    }
  }

  /** What a session is in its family. */
  List<String> familyLines(Peer peer) {
    PeerOptions options = peer.options();
    List<String> lines = new ArrayList<>();
    lines.add("activate");
    lines.add("addpath-tx-all-paths");
    if ("self".equals(options.nextHop())) {
      lines.add("next-hop-self force");
    } else if ("keep".equals(options.nextHop())) {
      lines.add("attribute-unchanged next-hop");
    }
    if (peer.clientOf() != null) {
      lines.add("route-reflector-client");
    }
    int allowed = options.ownAsAllowed();
    if (allowed > 0) {
      if (allowed > MAX_OWN_AS_ALLOWED) {
        warn(
            peer,
            "spec.numAllowedLocalASNumbers",
            allowed,
            "FRR counts to %d; that is used".formatted(MAX_OWN_AS_ALLOWED));
      }
      lines.add("allowas-in " + Math.min(allowed, MAX_OWN_AS_ALLOWED));
    }
    lines.add("route-map " + fromPeer(peer) + " in");
    lines.add("route-map " + toPeer(peer) + " out");
    return lines.stream().map(line -> "neighbor " + peer.address() + " " + line).toList();
  }

  private String fromPeer(Peer peer) {
    FrrRouteMap map = new FrrRouteMap();
    peerFilters().add(map, peer.options().filters(), Direction.IMPORT, peer.internal());
    filters.addFromPeers(map);
    return filters.policies().routeMap("from-peers" + family().version(), map);
  }

  private String toPeer(Peer peer) {
    FrrRouteMap map = new FrrRouteMap();
    peerFilters().add(map, peer.options().filters(), Direction.EXPORT, peer.internal());
    filters.addToPeers(map, peer.internal());
    return filters.policies().routeMap("to-peers" + family().version(), map);
  }

  private FrrPeerFilters peerFilters() {
    return new FrrPeerFilters(node.state(), family(), filters.policies(), faults);
  }
}
