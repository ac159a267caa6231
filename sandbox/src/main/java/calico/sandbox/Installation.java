package calico.sandbox;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The installed distribution whose programs the sandbox runs.
 *
 * @param home the directory with bin/ and cni/
 */
public record Installation(Path home) {

  /**
   * The distribution that this program was started from (system property calico.home).
   *
   * @throws SandboxException if it was not started from one
   */
  public static Installation current() {
    String home = System.getProperty("calico.home");
    if (home == null || !Files.isExecutable(Path.of(home, "bin", "calico"))) {
      throw new SandboxException(
          "not started from a distribution: run ./calico build, then dist/bin/calico sandbox");
    }
    return new Installation(Path.of(home));
  }

  Path calico() {
    return home.resolve("bin/calico");
  }

  Path calicoctl() {
    return home.resolve("bin/calicoctl");
  }

  /** Where a container runtime looks for plugins (CNI_PATH). */
  Path cniDirectory() {
    return home.resolve("cni");
  }

  Path cniPlugin() {
    return cniDirectory().resolve("calico");
  }
}
