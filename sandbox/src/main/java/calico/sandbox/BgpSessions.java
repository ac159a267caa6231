package calico.sandbox;

import calico.confd.BgpDaemonException;
import calico.confd.BgpSession;
import calico.confd.BirdControl;
import java.time.Duration;
import java.util.List;

/**
 * The BGP sessions that the nodes' BIRDs have, each counted at both ends.
 *
 * @param established of them
 */
record BgpSessions(int established, int configured) {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  /** Asks each BIRD; one that does not answer yet has no session. */
  static BgpSessions of(List<NodeProcess> nodes) {
    int established = 0;
    int configured = 0;
    for (NodeProcess node : nodes) {
      try {
        List<BgpSession> sessions = new BirdControl(node.birdSocket(), TIMEOUT).sessions();
        established += (int) sessions.stream().filter(BgpSession::isEstablished).count();
        configured += sessions.size();
      } catch (BgpDaemonException.Unavailable e) {
        // not started yet, or just being started again
      } catch (BgpDaemonException e) {
        throw new SandboxException("BIRD on " + node.name() + ": " + e.getMessage(), e);
      }
    }
    return new BgpSessions(established, configured);
  }

  /** Whether every node has a session with somebody and all sessions are up. */
  boolean isConverged(int nodes) {
    return established == configured && (nodes == 1 || established >= nodes);
  }
}
