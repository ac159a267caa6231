package calico.node;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of the node daemon. */
@Command(
    name = "node",
    mixinStandardHelpOptions = true,
    description = "Runs the node daemon: Felix, confd and the CNI service, with BIRD beside it.",
    footer = {
      "",
      "It is configured by the environment, under upstream's names:",
      "  NODENAME                     name of this node (default: the host's name)",
      "  DATASTORE_TYPE               etcdv3",
      "  ETCD_ENDPOINTS               where etcd is; if it is not set, a one-member etcd is"
          + " started",
      "                               on this machine, on 127.0.0.1:2379 with its data in",
      "                               /var/lib/calico/etcd",
      "  IP, IP6                      autodetect, none, or ADDRESS/LENGTH",
      "  IP_AUTODETECTION_METHOD      first-found, interface=, skip-interface=, cidr=, can-reach=",
      "  AS                           AS number of this node",
      "  CALICO_IPV4POOL_CIDR, ...    the default pools",
      "  CALICO_NETWORKING_BACKEND    bird (default); vxlan: without BIRD, all pools in VXLAN;",
      "                               none: policy only",
      "  CALICO_ROOT                  directory below which all files are (default: /)",
      "  FELIX_*                      any parameter of Felix",
      "",
      "Examples:",
      "  calico node",
      "  NODENAME=a ETCD_ENDPOINTS=http://10.0.0.1:2379 IP=10.0.0.2/24 calico node",
      "",
      "Exit status: 0 when asked to end; 1 when start-up fails; 2 for wrong arguments."
    })
public final class NodeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(NodeCommand.class);

  /** Runs the command line. */
  public static int run(String... arguments) {
    return new CommandLine(new NodeCommand())
        .setExecutionExceptionHandler(
            (e, _, _) -> {
              LOG.error("the node daemon cannot run: {}", e.getMessage(), e);
              return 1;
            })
        .execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    Map<String, String> environment = System.getenv();
    NodePaths paths = new NodePaths(Path.of(environment.getOrDefault("CALICO_ROOT", "/")));
    String previous =
        Files.exists(paths.nodenameFile()) ? Files.readString(paths.nodenameFile()) : "";
    NodeSettings settings =
        NodeSettings.from(environment, previous, InetAddress.getLocalHost().getHostName());
    CountDownLatch ended = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  ended.countDown();
                  await(closed);
                }));
    try (OwnDatastore own = OwnDatastore.open(environment, paths);
        NodeDaemon daemon = new NodeDaemon(settings, paths, own.datastore())) {
      daemon.start();
      ended.await();
    } finally {
      closed.countDown();
    }
    return 0;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
