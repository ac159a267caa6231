package calico.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.confd.BgpControl;
import calico.confd.BgpDaemonException;
import calico.confd.BgpRoute;
import calico.confd.BgpSession;
import calico.confd.ConfdStatus;
import calico.confd.DaemonStatus;
import calico.confd.Fault;
import calico.felix.monitor.BgpMetrics;
import calico.felix.monitor.BgpMetrics.Peers;
import calico.felix.monitor.Health;
import calico.felix.monitor.ObjectProblems.Subject;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Problem;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BgpReportsTest {
  private static final BgpSession UP =
      new BgpSession(BgpSession.Origin.MESH, "10.0.0.2", 0, "Established", "10:00", "");
  private static final BgpSession DOWN =
      new BgpSession(BgpSession.Origin.NODE, "fd00::2", 1790, "Active", "10:00", "No route");
  private static final ResourceKey<?> FAR = ResourceKey.of(Kinds.BGP_PEER, "far");
  private static final Set<Fault> FAULTS =
      Set.of(
          new Fault(FAR, Problem.warning("spec.nodeSelector", "x", "selects no node")),
          new Fault(FAR, Problem.error("spec.peerIP", null, "required")));

  private static ConfdStatus status(Optional<String> error, Set<Fault> faults) {
    return new ConfdStatus(true, Optional.of(Instant.EPOCH), 3, error, faults, List.of());
  }

  private static BgpReports reports(ConfdStatus status, BgpSession... sessions) {
    BgpControl daemon =
        new BgpControl() {
          @Override
          public Path socket() {
            return Path.of("none");
          }

          @Override
          public DaemonStatus status() {
            return new DaemonStatus("BIRD 2", "10.0.0.1", "", "", false);
          }

          @Override
          public List<BgpSession> sessions() throws BgpDaemonException {
            if (sessions.length == 0) {
              throw new BgpDaemonException.Unavailable("no answer", null);
            }
            return List.of(sessions);
          }

          @Override
          public List<BgpRoute> routes() {
            return List.of();
          }
        };
    return new BgpReports(() -> status, daemon);
  }

  @Test
  void faultsAndPeersThatAreNotUpAreNamedAndLeaveTheNodeReady() {
    BgpSession down =
        new BgpSession(BgpSession.Origin.NODE, "127.0.0.2", 1790, "Active", "10:00", "No route");
    Health.Report report = reports(status(Optional.empty(), FAULTS), UP, down).health();
    assertEquals(
        new Health.Report(
            true,
            true,
            "doubtful: BGPPeer(far): spec.nodeSelector = 'x': selects no node; "
                + "refused: BGPPeer(far): spec.peerIP: required; "
                + "BGP not established with 127.0.0.2 port 1790: Active No route, over lo from"
                + " 127.0.0.1"),
        report);
    assertEquals(Health.Report.WELL, reports(status(Optional.empty(), Set.of()), UP).health());
  }

  @Test
  void whatTheDaemonDoesNotRunMakesItUnready() {
    assertEquals(
        new Health.Report(true, false, "error: it hangs; no answer"),
        reports(status(Optional.of("it hangs"), Set.of())).health());
  }

  @Test
  void eachObjectAndEachStateOfPeersIsCounted() {
    BgpMetrics.Reading reading =
        reports(status(Optional.empty(), FAULTS), UP, DOWN, DOWN).metrics();
    assertEquals(true, reading.healthy());
    assertEquals(3, reading.reloads());
    assertEquals(Map.of(new Subject("BGPPeer", "", "far"), "refused"), reading.problems());
    assertEquals(
        Map.of(new Peers("4", "Established"), 1, new Peers("6", "Active"), 2),
        reading.peers().get());
    assertEquals(Map.of(), reports(status(Optional.empty(), Set.of())).metrics().peers().get());
  }
}
