package calico.sandbox;

import calico.confd.BgpDaemonException;
import calico.confd.BgpDaemons;
import calico.confd.BgpSession;
import java.time.Duration;
import java.util.List;

/**
 * The BGP sessions that the nodes' BGP daemons have, each counted at both ends.
 *
 * @param established of them
 */
record BgpSessions(int established, int configured) {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  /** Asks each; one that does not answer yet has no session. */
  static BgpSessions of(List<NodeProcess> nodes) {
    int established = 0;
    int configured = 0;
    for (NodeProcess node : nodes) {
      try {
        List<BgpSession> sessions = BgpDaemons.running(node.run(), TIMEOUT).sessions();
        established += (int) sessions.stream().filter(BgpSession::isEstablished).count();
        configured += sessions.size();
      } catch (BgpDaemonException.Unavailable e) {
        // not started yet, or just being started again
      } catch (BgpDaemonException e) {
        throw new SandboxException("BGP on " + node.name() + ": " + e.getMessage(), e);
      }
    }
    return new BgpSessions(established, configured);
  }

  /** Whether every node has a session with somebody and all sessions are up. */
  boolean isConverged(int nodes) {
    return established == configured && (nodes == 1 || established >= nodes);
  }
}
