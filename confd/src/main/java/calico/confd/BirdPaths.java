package calico.confd;

import java.nio.file.Path;

/**
 * Where a BIRD daemon keeps its things. Two daemons must not share any of them.
 *
 * @param config the configuration; its directory must be writable, candidates are checked there
 * @param socket control socket; its path has at most 107 bytes, as the kernel's sun_path
 * @param pidFile the daemon's process id, deleted by it at an orderly end
 * @param log what the daemon prints, appended
 */
public record BirdPaths(Path config, Path socket, Path pidFile, Path log) {

  /** Everything in one directory. */
  public static BirdPaths in(Path directory) {
    return new BirdPaths(
        directory.resolve("bird.conf"),
        directory.resolve("bird.ctl"),
        directory.resolve("bird.pid"),
        directory.resolve("bird.log"));
  }
}
