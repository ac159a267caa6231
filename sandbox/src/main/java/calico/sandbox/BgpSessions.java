package calico.sandbox;

import calico.confd.BgpDaemonException;
import calico.confd.BirdControl;
import calico.confd.BirdProtocol;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The BGP sessions that BIRDs have, each counted at both ends.
 *
 * @param established of them
 */
record BgpSessions(int established, int configured) {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  /**
   * Asks each BIRD; one that does not answer yet has no session.
   *
   * @param sockets by the name of the node or router
   */
  static BgpSessions of(Map<String, Path> sockets) {
    int established = 0;
    int configured = 0;
    for (Map.Entry<String, Path> bird : sockets.entrySet()) {
      try {
        List<BirdProtocol> protocols = new BirdControl(bird.getValue(), TIMEOUT).protocols();
        established += (int) protocols.stream().filter(BirdProtocol::isEstablished).count();
        configured += (int) protocols.stream().filter(BirdProtocol::isBgp).count();
      } catch (BgpDaemonException.Unavailable e) {
        // not started yet, or just being started again
      } catch (BgpDaemonException e) {
        throw new SandboxException("BIRD on " + bird.getKey() + ": " + e.getMessage(), e);
      }
    }
    return new BgpSessions(established, configured);
  }

  /** Whether as many as there should be are there, and all are up. */
  boolean isConverged(int expected) {
    return established == expected && configured == expected;
  }
}
