package calico.node;

import calico.confd.BgpControl;
import calico.confd.BgpDaemonException;
import calico.confd.BgpSession;
import calico.confd.ConfdStatus;
import calico.confd.Fault;
import calico.felix.monitor.BgpMetrics;
import calico.felix.monitor.BgpMetrics.Peers;
import calico.felix.monitor.Health;
import calico.felix.monitor.ObjectProblems.Subject;
import calico.model.Family;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the node tells of its BGP, with its health and its metrics. */
record BgpReports(Supplier<ConfdStatus> confd, BgpControl daemon) {
  private static final Logger LOG = LoggerFactory.getLogger(BgpReports.class);

  /**
   * Ready if the daemon runs what the datastore says. What is wrong with single resources, and the
   * peers that are not up, are named, and make no node unready: they are other nodes' matter too.
   */
  Health.Report health() {
    ConfdStatus status = confd.get();
    List<String> details = new ArrayList<>(status.problems());
    try {
      PeersDown.texts(daemon.sessions())
          .forEach(peer -> details.add("BGP not established with " + peer));
    } catch (BgpDaemonException e) {
      details.add(String.valueOf(e.getMessage()));
    }
    return new Health.Report(true, status.healthy(), String.join("; ", details));
  }

  BgpMetrics.Reading metrics() {
    ConfdStatus status = confd.get();
    Map<Subject, String> problems = new HashMap<>();
    for (Fault fault : status.faults()) {
      Subject subject = new Subject(fault.resource().kind().name(), "", fault.resource().name());
      problems.merge(subject, fault.verdict(), (a, b) -> a.equals("refused") ? a : b);
    }
    return new BgpMetrics.Reading(status.healthy(), status.reloads(), problems, this::peers);
  }

  private Map<Peers, Integer> peers() {
    Map<Peers, Integer> counts = new HashMap<>();
    try {
      for (BgpSession session : daemon.sessions()) {
        String version = session.family() == Family.IPV4 ? "4" : "6";
        counts.merge(new Peers(version, session.state()), 1, Integer::sum);
      }
    } catch (BgpDaemonException e) {
      LOG.warn("no metrics of BGP sessions: {}", e.getMessage());
    }
    return counts;
  }
}
