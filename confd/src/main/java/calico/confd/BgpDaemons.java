package calico.confd;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The BGP daemons that a node can have, and where it keeps their things.
 *
 * @param etc directory of configurations
 * @param run of sockets and process ids
 * @param log of logs
 */
public record BgpDaemons(Path etc, Path run, Path log) {
  private static final Logger LOG = LoggerFactory.getLogger(BgpDaemons.class);
  private static final String CHOICE = "CALICO_BGP_DAEMON";
  private static final String FRR = "frr";

  /**
   * The daemon that CALICO_BGP_DAEMON names, "bird" or "frr"; without a word, or with another one,
   * BIRD. If the other one runs, it goes on until there is a configuration for the chosen one to
   * load, and is ended then, with its routes.
   */
  public BgpDaemon chosen(Map<String, String> environment) {
    String choice = choice(environment);
    if (!choice.matches("|bird|frr")) {
      LOG.warn("{} '{}' is not used: expected bird or frr", CHOICE, choice);
    }
    return isFrr(environment) ? Successor.of(frr(), bird()) : Successor.of(bird(), frr());
  }

  /** Whether the daemon is FRR that CALICO_BGP_DAEMON names. */
  public static boolean isFrr(Map<String, String> environment) {
    return choice(environment).equals(FRR);
  }

  private static String choice(Map<String, String> environment) {
    return environment.getOrDefault(CHOICE, "").strip();
  }

  private Bird bird() {
    return new Bird(
        new BirdPaths(
            etc.resolve("confd/config/bird.cfg"),
            run.resolve("bird.ctl"),
            run.resolve("bird.pid"),
            log.resolve("bird.log")));
  }

  private Frr frr() {
    return new Frr(
        new FrrPaths(etc.resolve("confd/config/frr.conf"), frrRun(run), log.resolve("frr.log")));
  }

  /** Ends each that runs, with its routes. */
  public void retire() throws BgpDaemonException {
    try (Bird bird = bird();
        Frr frr = frr()) {
      bird.retire();
      frr.retire();
    }
  }

  /**
   * The daemon that has its socket in a node's directory of sockets, which may be gone or hang.
   *
   * @param timeout for each answer
   */
  public static BgpControl running(Path run, Duration timeout) {
    Path frr = frrRun(run);
    return Files.exists(FrrPaths.bgpSocket(frr))
        ? new FrrControl(frr)
        : new BirdControl(run.resolve("bird.ctl"), timeout);
  }

  private static Path frrRun(Path run) {
    return run.resolve(FRR);
  }
}
