package calico.sandbox;

import calico.confd.BgpControl;
import calico.confd.BgpDaemonException;
import calico.confd.BgpDaemons;
import calico.confd.BgpSession;
import calico.confd.BirdControl;
import calico.confd.BirdProtocol;
import java.time.Duration;
import java.util.List;

/**
 * The BGP sessions of nodes and routers, each counted at both ends.
 *
 * @param established of them
 */
record BgpSessions(int established, int configured) {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  /** Asks each daemon; one that does not answer yet has no session. */
  static BgpSessions of(List<RouterProcess> routers, List<NodeProcess> nodes) {
    BgpSessions all = new BgpSessions(0, 0);
    for (RouterProcess router : routers) {
      all = all.and(() -> ofRouter(new BirdControl(router.birdSocket(), TIMEOUT)), router.name());
    }
    for (NodeProcess node : nodes) {
      all = all.and(() -> ofNode(BgpDaemons.running(node.run(), TIMEOUT)), node.name());
    }
    return all;
  }

  private interface Question {
    BgpSessions ask() throws BgpDaemonException;
  }

  private BgpSessions and(Question question, String name) {
    try {
      BgpSessions more = question.ask();
      return new BgpSessions(established + more.established, configured + more.configured);
    } catch (BgpDaemonException.Unavailable e) {
      return this; // not started yet, or just being started again
    } catch (BgpDaemonException e) {
      throw new SandboxException("BGP on " + name + ": " + e.getMessage(), e);
    }
  }

  /** Its sessions have names of their own. */
  private static BgpSessions ofRouter(BirdControl bird) throws BgpDaemonException {
    List<BirdProtocol> all = bird.protocols().stream().filter(BirdProtocol::isBgp).toList();
    return new BgpSessions(
        (int) all.stream().filter(BirdProtocol::isEstablished).count(), all.size());
  }

  private static BgpSessions ofNode(BgpControl daemon) throws BgpDaemonException {
    List<BgpSession> all = daemon.sessions();
    return new BgpSessions(
        (int) all.stream().filter(BgpSession::isEstablished).count(), all.size());
  }

  /** Whether as many as there should be are there, and all are up. */
  boolean isConverged(int expected) {
    return established == expected && configured == expected;
  }
}
