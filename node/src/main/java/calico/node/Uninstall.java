package calico.node;

import calico.confd.BgpDaemonException;
import calico.felix.FelixCommand;
import calico.netlink.route.Link;
import calico.netlink.route.Rtnetlink;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
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
    refuseIfServed();
    endBgp();
    endEtcd();
    removeWires();
    if (FelixCommand.run("--cleanup") != 0) {
      throw new IllegalStateException(
          "what Felix has programmed cannot be removed, see above; repeat it when that is solved");
    }
    Footprint footprint = new Footprint(paths);
    for (Path directory : paths.directories()) {
      if (!directory.equals(paths.lib())) {
        removeAll(directory);
      }
    }
    removeAllBut(paths.lib(), footprint.file());
    footprint.restore();
    LOG.info("this machine is no node any more; calicoctl delete node tells the cluster");
  }

  private void refuseIfServed() throws IOException {
    if (!Files.exists(paths.cniSocket())) {
      return;
    }
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(paths.cniSocket()))) {
      throw new IllegalStateException(
          "a node daemon serves " + paths.cniSocket() + ": stop it before you uninstall");
    } catch (SocketException _) {
      LOG.debug("nobody serves {}", paths.cniSocket());
    }
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

  private static void removeWires() {
    try (Rtnetlink rtnetlink = Rtnetlink.open()) {
      for (Link link : rtnetlink.links()) {
        if (link.kind().equals("veth") && link.name().matches("cali[0-9a-f]{11}")) {
          LOG.info("wire to a container removed: interface={}", link.name());
          rtnetlink.delete(link.index());
        }
      }
    }
  }

  private static void removeAll(Path directory) throws IOException {
    if (Files.exists(directory)) {
      removeAllBut(directory, directory);
      Files.deleteIfExists(directory);
    }
  }

  /** All that is below the directory, but for one file. */
  private static void removeAllBut(Path directory, Path kept) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path :
          all.sorted(Comparator.comparingInt(Path::getNameCount).reversed()).toList()) {
        if (!path.equals(kept) && !path.equals(directory)) {
          Files.delete(path);
        }
      }
    }
  }
}
