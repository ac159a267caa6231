package calico.node;

import calico.confd.BgpControl;
import calico.confd.BgpDaemonException;
import calico.confd.BgpRoute;
import calico.confd.BgpSession;
import calico.confd.DaemonStatus;
import calico.model.Family;
import calico.model.resource.CalicoNodeStatusStatus;
import calico.model.resource.CalicoNodeStatusStatus.Agent;
import calico.model.resource.CalicoNodeStatusStatus.Bgp;
import calico.model.resource.CalicoNodeStatusStatus.Daemon;
import calico.model.resource.CalicoNodeStatusStatus.LearnedFrom;
import calico.model.resource.CalicoNodeStatusStatus.Peer;
import calico.model.resource.CalicoNodeStatusStatus.Route;
import calico.model.resource.CalicoNodeStatusStatus.Routes;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a BGP daemon says, as a CalicoNodeStatus reports it. A daemon that gives no answer is not
 * ready, and has no sessions and no routes.
 *
 * @param daemon null if it gives no answer
 */
record NodeStatusReport(
    @Nullable DaemonStatus daemon, List<BgpSession> sessions, List<BgpRoute> routes) {
  private static final NodeStatusReport NO_ANSWER =
      new NodeStatusReport(null, List.of(), List.of());

  /** Always the same for the same routes. */
  private static final Comparator<BgpRoute> ORDER =
      Comparator.comparing(BgpRoute::prefix)
          .thenComparing(BgpRoute::used, Comparator.reverseOrder())
          .thenComparing(BgpRoute::gateway)
          .thenComparing(BgpRoute::device)
          .thenComparing(BgpRoute::source)
          .thenComparing(BgpRoute::peer);

  /**
   * The report on these classes, without its time.
   *
   * @throws BgpDaemonException if the daemon answers, but not all
   */
  static CalicoNodeStatusStatus on(List<String> classes, BgpControl control)
      throws BgpDaemonException {
    boolean agent = classes.contains("Agent");
    NodeStatusReport report;
    try {
      report =
          new NodeStatusReport(
              agent ? control.status() : null,
              classes.contains("BGP") ? control.sessions() : List.of(),
              classes.contains("Routes") ? control.routes() : List.of());
    } catch (BgpDaemonException.Unavailable _) {
      report = NO_ANSWER;
    }
    Daemon daemon = agent ? report.daemonStatus() : Daemon.NONE;
    return new CalicoNodeStatusStatus(
        null,
        new Agent(daemon, daemon),
        report.bgp(),
        new Routes(report.routes(Family.IPV4), report.routes(Family.IPV6)));
  }

  private Daemon daemonStatus() {
    return daemon == null
        ? new Daemon("NotReady", null, null, null, null)
        : new Daemon(
            "Ready",
            daemon.version(),
            daemon.routerId(),
            daemon.lastBoot(),
            daemon.lastReconfiguration());
  }

  private Bgp bgp() {
    return new Bgp(
        count(Family.IPV4, true),
        count(Family.IPV4, false),
        count(Family.IPV6, true),
        count(Family.IPV6, false),
        peers(Family.IPV4),
        peers(Family.IPV6));
  }

  private int count(Family family, boolean established) {
    return (int)
        sessions.stream()
            .filter(s -> s.family() == family && s.isEstablished() == established)
            .count();
  }

  private List<Peer> peers(Family family) {
    return sessions.stream()
        .filter(session -> session.family() == family)
        .sorted(Comparator.comparing(BgpSession::address).thenComparingInt(BgpSession::port))
        .map(NodeStatusReport::peer)
        .toList();
  }

  private static Peer peer(BgpSession session) {
    String type =
        switch (session.origin()) {
          case MESH -> "NodeMesh";
          case NODE -> "NodePeer";
          case GLOBAL -> "GlobalPeer";
          case LOCAL_WORKLOAD -> null;
        };
    String state =
        switch (session.state()) {
          case "Connect", "Active", "OpenSent", "OpenConfirm", "Established" -> session.state();
          case "Idle", "Down" -> "Idle";
          default -> "Close";
        };
    return new Peer(session.address(), type, state, session.since(), session.reason());
  }

  private List<Route> routes(Family family) {
    return routes.stream()
        .filter(route -> route.prefix().family() == family)
        .sorted(ORDER)
        .map(NodeStatusReport::route)
        .toList();
  }

  private static Route route(BgpRoute route) {
    String source =
        switch (route.source()) {
          case KERNEL -> "Kernel";
          case STATIC -> "Static";
          case DIRECT -> "Direct";
          case MESH -> "NodeMesh";
          case PEER -> "BGPPeer";
          case OTHER -> null;
        };
    return new Route(
        route.used() ? "FIB" : "RIB",
        route.prefix().toString(),
        route.gateway().isEmpty() ? "N/A" : route.gateway(),
        route.device(),
        new LearnedFrom(source, route.peer()));
  }
}
