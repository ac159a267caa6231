package calico.node;

import calico.confd.BgpDaemons;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Every directory that the node daemon uses, below one root.
 *
 * @param root "/" on a real node; another directory for a sandbox node (CALICO_ROOT)
 */
public record NodePaths(Path root) {

  /** The node's name, written at start-up; what the CNI plugin reads. */
  public Path nodenameFile() {
    return lib().resolve("nodename");
  }

  /** The MTU of workloads, which Felix writes. */
  Path mtuFile() {
    return lib().resolve("mtu");
  }

  /** Persistent state: /var/lib/calico. */
  public Path lib() {
    return root.resolve("var/lib/calico");
  }

  /** Sockets and pid files: /run/calico. */
  public Path run() {
    return root.resolve("run/calico");
  }

  /** Logs: /var/log/calico. */
  public Path log() {
    return root.resolve("var/log/calico");
  }

  /** Configuration: /etc/calico. */
  public Path etc() {
    return root.resolve("etc/calico");
  }

  public Path cniSocket() {
    return run().resolve("cni.sock");
  }

  /** See {@link DaemonLock}. */
  Path lock() {
    return run().resolve("node.lock");
  }

  /** What confd has to say, a line each. */
  public Path confdProblems() {
    return run().resolve("confd.problems");
  }

  public Path birdSocket() {
    return run().resolve("bird.ctl");
  }

  /** Where the file or directory is that a setting names. */
  Path configured(String path) {
    return root.resolve(Path.of("/").relativize(Path.of("/").resolve(path)));
  }

  /**
   * Where Felix writes how endpoints are, unless it is told otherwise; on a real node that is
   * {@link #run}, by a link.
   */
  Path statusOfFelix() {
    return root.resolve("var/run/calico");
  }

  /** Those that the daemon makes. */
  List<Path> directories() {
    return List.of(run(), statusOfFelix(), lib(), log(), etc().resolve("confd/config"));
  }

  /** What the daemon and its parts write there: files, and directories with all that is in them. */
  List<Path> own() {
    Path bgp = etc().resolve("confd/config");
    return Stream.of(
            lock(),
            cniSocket(),
            confdProblems(),
            birdSocket(),
            run().resolve("bird.pid"),
            run().resolve("frr"),
            statusOfFelix().resolve("endpoint-status"),
            nodenameFile(),
            mtuFile(),
            etcd(),
            log().resolve("bird.log"),
            log().resolve("frr.log"),
            bgp.resolve("bird.cfg"),
            bgp.resolve("frr.conf"))
        .flatMap(path -> Stream.of(path, path.resolveSibling(path.getFileName() + ".new")))
        .toList();
  }

  /** The BGP daemons that this node can have. */
  BgpDaemons bgp() {
    return new BgpDaemons(etc(), run(), log());
  }

  /** Data of an etcd that is this node's own. */
  Path etcd() {
    return lib().resolve("etcd");
  }
}
