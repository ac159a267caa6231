package calico.confd;

import calico.model.Family;
import calico.model.Ip;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The text of BIRD's configuration, for BIRD 2.0.12 and later. */
public final class BirdConfig {
  /** What may stand between the quotes of an interface pattern. */
  private static final Pattern INTERFACE_PATTERN = Pattern.compile("[A-Za-z0-9_.:@?*-]{1,15}");

  /**
   * How long after a restart the routes from before are kept for peers that have not come back, in
   * seconds. Peers that are there come back within a few.
   */
  private static final int RESTART_WAIT_SECONDS = 15;

  private BirdConfig() {}

  /**
   * Renders the configuration of a node: the same text for the same state, always.
   *
   * @param nodeName name of the Node; while there is no such Node there are no BGP sessions
   */
  public static String render(BgpState state, String nodeName) {
    BgpSettings settings = new BgpSettings(state, nodeName);
    Resource<NodeSpec> self = state.nodes().get(nodeName);
    Peerings peerings = self == null ? null : new Peerings(state, self);
    StringBuilder out = new StringBuilder();
    out.append(global(settings, self));
    for (String problem : peerings == null ? List.<String>of() : peerings.problems()) {
      out.append("# ").append(comment(problem)).append('\n');
    }
    for (Family family : Family.values()) {
      out.append("\n# ---- IPv").append(family.version()).append(" ----\n\n");
      out.append(RouteFilters.of(family, state, settings).text());
      out.append(kernel(family));
      Ip own = self == null ? null : BgpSettings.address(self, family);
      if (self != null && own != null && peerings != null) {
        appendSessions(out, peerings.of(family), settings, self, own);
      }
    }
    return out.toString();
  }

  private static String global(BgpSettings settings, @Nullable Resource<NodeSpec> self) {
    String debug =
        switch (settings.logSeverity()) {
          case "debug" -> "all";
          case "info" -> "{ states }";
          default -> "off";
        };
    return """
    # BGP of node %s. Written from the cluster's resources: what is changed here is overwritten.
    log stderr all;
    debug protocols %s;
    timeformat base iso long;
    timeformat log iso long ms;
    timeformat protocol iso long;
    router id %s;
    graceful restart wait %d;

    protocol device { scan time 2; }
    # Addresses of interfaces, to find the way to peers' next hops.
    protocol direct {
      ipv4;
      ipv6;
      interface %s-"cali*", -"kube-ipvs*", "*";
    }
    """
        .formatted(
            comment(settings.nodeName()),
            debug,
            routerId(settings.nodeName(), self),
            RESTART_WAIT_SECONDS,
            ignored(settings.ignoredInterfaces()));
  }

  private static String ignored(List<String> patterns) {
    StringBuilder out = new StringBuilder();
    for (String pattern : patterns) {
      if (INTERFACE_PATTERN.matcher(pattern).matches()) {
        out.append("-\"").append(pattern).append("\", ");
      }
    }
    return out.toString();
  }

  /** The node's IPv4 address, or where there is none a number that is made from its name. */
  private static String routerId(String nodeName, @Nullable Resource<NodeSpec> self) {
    Ip own = self == null ? null : BgpSettings.address(self, Family.IPV4);
    return (own != null ? own : RouterId.ofName(nodeName)).toString();
  }

  /**
   * Metric 0 lets the metric that the filter sets through. Routes stay when BIRD ends, and until it
   * has heard its peers again.
   */
  private static String kernel(Family family) {
    return """
    protocol kernel kernel%1$d {
      learn;
      persist;
      scan time 2;
      metric 0;
      merge paths;
      graceful restart;
      ipv%1$d { import all; export filter to_kernel%1$d; };
    }
    """
        .formatted(family.version());
  }

  private static void appendSessions(
      StringBuilder out, List<Peer> peers, BgpSettings settings, Resource<NodeSpec> self, Ip own) {
    int version = own.family().version();
    long as = settings.as(self);
    out.append(
        """

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
            .formatted(version, settings.listenPort(settings.nodeName()), as));
    for (Peer peer : peers) {
      appendSession(out, peer, version, as, own, settings.bindsNodeIp());
    }
  }

  private static void appendSession(
      StringBuilder out, Peer peer, int version, long ownAs, Ip own, boolean strictBind) {
    out.append("\n# ").append(comment(peer.origin())).append('\n');
    out.append("protocol bgp ").append(peer.protocol());
    out.append(" from peer").append(version).append(" {\n");
    String port = peer.port() == 0 ? "" : " port " + peer.port();
    line(out, "neighbor " + peer.address() + port + " as " + peer.as());
    if (peer.usesNodeIp()) {
      line(out, "source address " + own);
      if (strictBind) {
        line(out, "strict bind");
      }
    }
    if (peer.ttlSecurityHops() > 0) {
      line(out, "multihop " + peer.ttlSecurityHops());
      line(out, "ttl security");
    } else {
      line(out, "multihop");
    }
    if (peer.passive()) {
      line(out, "passive");
    }
    if (peer.restartSeconds() > 0) {
      line(out, "graceful restart time " + peer.restartSeconds());
    }
    if (peer.clientOf() != null) {
      line(out, "rr client");
      line(out, "rr cluster id " + peer.clientOf());
    }
    if (peer.as() != ownAs) {
      String nextHop = peer.keepsNextHop() ? "; next hop keep" : "";
      line(out, "ipv%d { export filter to_other_as%d%s; }".formatted(version, version, nextHop));
    }
    out.append("}\n");
  }

  private static void line(StringBuilder out, String statement) {
    out.append("  ").append(statement).append(";\n");
  }

  /** Text of the datastore made fit for a comment: it cannot end the line. */
  static String comment(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
