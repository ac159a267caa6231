package calico.confd;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Path;

/** Whether there is an FRR on this machine; ./calico test installs it. */
final class FrrInstalled {
  private FrrInstalled() {}

  /** Skips the test, and says so, where there is none. */
  static void require() {
    try {
      Frr.program("bgpd", Path.of("none"), Path.of("none")).binary();
    } catch (BgpDaemonException e) {
      System.err.println("SKIPPED, NOT TESTED: FRR is not installed; apt-get install frr");
      abort(String.valueOf(e.getMessage()));
    }
  }
}
