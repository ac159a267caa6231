package calico.confd;

import java.nio.file.Path;

/**
 * Where FRR's daemons keep their things. Two sets of daemons must not share any of them.
 *
 * @param config the configuration of all of them; its directory must be writable, candidates are
 *     checked there
 * @param run directory of sockets and process ids; becomes that of FRR's own user, who must be able
 *     to get to it; a socket's path has at most 107 bytes, as the kernel's sun_path
 * @param log what the daemons print, appended
 */
public record FrrPaths(Path config, Path run, Path log) {

  /** Everything in one directory. */
  public static FrrPaths in(Path directory) {
    return new FrrPaths(
        directory.resolve("frr.conf"), directory.resolve("frr"), directory.resolve("frr.log"));
  }

  /** The socket on which bgpd answers. */
  static Path bgpSocket(Path run) {
    return run.resolve("bgpd.vty");
  }

  Path pidFile(String daemon) {
    return run.resolve(daemon + ".pid");
  }

  /** The socket of zebra that the others connect to. */
  Path zebraSocket() {
    return run.resolve("zserv.api");
  }
}
