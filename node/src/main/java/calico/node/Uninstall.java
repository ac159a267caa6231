package calico.node;

import calico.cni.CniService;
import calico.confd.BgpDaemonException;
import calico.felix.FelixCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes from this machine what a node daemon left on it: BIRD and its routes, an etcd of its own
 * with its data, wires to containers, all that Felix programmed, the CNI plugin, and its files;
 * settings of the kernel become what they were. What users wrote below /etc/calico stays, and so
 * does what a datastore elsewhere says of the node.
 */
final class Uninstall {
  private static final Logger LOG = LoggerFactory.getLogger(Uninstall.class);
  private static final long END_SECONDS = 10;

  private final NodePaths paths;

  Uninstall(NodePaths paths) {
    this.paths = paths;
  }

  /**
   * Does it.
   *
   * @throws IllegalStateException if a node daemon runs, or something cannot be removed
   */
  void run() throws IOException, InterruptedException {
    if (Files.exists(paths.lock())) {
      try (DaemonLock _ = DaemonLock.take(paths.lock())) {
        remove();
      }
    } else {
      remove();
    }
  }

  private void remove() throws IOException, InterruptedException {
    endBgp();
    endEtcd();
    CniService.removeWires();
    if (FelixCommand.run("--cleanup") != 0) {
      throw new IllegalStateException(
          "what Felix has programmed cannot be removed, see above; repeat it when that is solved");
    }
    for (Path path : paths.own()) {
      remove(path);
    }
    new Footprint(paths).restore();
    LOG.info("this machine is no node any more; calicoctl delete node tells the cluster");
  }

  private void endBgp() {
    try {
      paths.bgp().retire();
    } catch (BgpDaemonException e) {
      throw new IllegalStateException("BGP cannot be ended: " + e.getMessage(), e);
    }
  }

  private void endEtcd() throws InterruptedException {
    String argument = "--data-dir=" + paths.etcd().toAbsolutePath().normalize();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      if (List.of(process.info().arguments().orElse(new String[0])).contains(argument)) {
        process.destroy();
        try {
          process.onExit().get(END_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
          throw new IllegalStateException("etcd does not end, pid " + process.pid(), e);
        }
      }
    }
  }

  /** Removes a file, or a directory with all that is in it. */
  private static void remove(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> all = Files.walk(path)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
