package calico.node;

import calico.cli.Command;
import calico.cli.CommandLine;
import calico.cli.Failures;
import calico.cli.Verb;
import calico.datastore.DatastoreException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The command line of the node daemon. */
public final class NodeCommand implements Verb {
  private static final Logger LOG = LoggerFactory.getLogger(NodeCommand.class);

  /** As upstream's older probes spell options: {@code -felix-live}. */
  private static final Pattern OPTION_OF_GO = Pattern.compile("-[a-z][a-z0-9]+-.*");

  private final HealthCommand health = new HealthCommand();
  private boolean uninstall;

  @Override
  public void declare(Command node) {
    node.include(health)
        .flag(
            "--uninstall",
            "Remove from this machine all that the daemon left on it; users' files in /etc/calico"
                + " and other machines' datastores stay. The daemon must not run.",
            () -> uninstall = true)
        .command("health", HealthCommand::new);
    node.description(
            "Runs the node daemon: Felix, confd and the CNI service, with BIRD beside it.",
            "It is configured by the environment, under upstream's names. With --felix-live,"
                + " --felix-ready, --bird-live or --bird-ready it runs nothing and asks the daemon"
                + " that runs here.")
        .environment("NODENAME", "Name of this node. Default: the host's name")
        .environment("DATASTORE_TYPE", "etcdv3")
        .environment(
            "ETCD_ENDPOINTS",
            "Where etcd is; if it is not set, a one-member etcd is started on this machine, on"
                + " 127.0.0.1:2379 with its data in /var/lib/calico/etcd.")
        .environment(
            "IP, IP6",
            "autodetect, none, ADDRESS or ADDRESS/LENGTH. Default: what the Node has; without, IP is"
                + " detected.")
        .environment(
            "IP_AUTODETECTION_METHOD",
            "first-found (default), interface=, skip-interface=, cidr=, can-reach=; for IP6"
                + " IP6_AUTODETECTION_METHOD.")
        .environment(
            "AUTODETECT_POLL_INTERVAL", "How often addresses are looked at again. Default: 60s")
        .environment("DISABLE_NODE_IP_CHECK", "true: another Node may have the address.")
        .environment("AS", "AS number of this node.")
        .environment("CALICO_K8S_NODE_REF", "What Kubernetes calls this node.")
        .environment(
            "CALICO_IPV4POOL_CIDR, ...",
            "The default pools; also _IPIP, _VXLAN, _BLOCK_SIZE, _NAT_OUTGOING, _NODE_SELECTOR,"
                + " _DISABLE_BGP_EXPORT, and all of them with IPV6POOL. NO_DEFAULT_POOLS: true for"
                + " none.")
        .environment(
            "CALICO_CNI_PRACTICE",
            "false: do not practise attaching containers while there is nothing else to do.")
        .environment(
            "CALICO_MANAGE_CNI",
            "false: do not install the CNI plugin. Else it is kept in CNI_BIN_DIR and CNI_NET_DIR,"
                + " with CNI_NETWORK_CONFIG as its configuration if that is set.")
        .environment(
            "CALICO_NETWORKING_BACKEND",
            "bird (default); vxlan: without BIRD, all pools in VXLAN; none: policy only.")
        .environment("CALICO_ROOT", "Directory below which all files are. Default: /")
        .environment("FELIX_*", "Any parameter of Felix.")
        .notes(
            "Exit status: 0 when asked to end, or when all that was asked is well; 1 when start-up"
                + " fails, or something asked is not well; 2 for wrong arguments.")
        .examples(
            "calico node",
            "NODENAME=a ETCD_ENDPOINTS=http://10.0.0.1:2379 IP=10.0.0.2/24 calico node",
            "calico node --felix-ready --bird-ready",
            "calico node --uninstall");
  }

  /** Runs the command line. */
  public static int run(String... arguments) {
    Command node = Command.root("calico node", new NodeCommand());
    String[] given =
        Arrays.stream(arguments)
            .map(a -> OPTION_OF_GO.matcher(a).matches() ? "-" + a : a)
            .toArray(String[]::new);
    return CommandLine.run(
        node, given, System.out, Failures.besidesUsage(System.err, NodeCommand::report));
  }

  private static int report(Throwable failure, Command command) {
    if (isToldByItsMessage(failure)) {
      LOG.error("calico node has failed: {}", failure.getMessage());
    } else {
      LOG.error("calico node has failed: {}", failure.getMessage(), failure);
    }
    return command.failureStatus();
  }

  /** What users have to mend; of the rest we want to know where it comes from. */
  private static boolean isToldByItsMessage(Throwable failure) {
    return failure instanceof NodeStartup.StartupException
        || failure instanceof DatastoreException
        || failure instanceof IllegalArgumentException
        || failure instanceof IllegalStateException;
  }

  @Override
  public Integer call() throws Exception {
    if (health.isAsked()) {
      return health.call();
    }
    Map<String, String> environment = System.getenv();
    NodePaths paths = new NodePaths(Path.of(environment.getOrDefault("CALICO_ROOT", "/")));
    if (uninstall) {
      new Uninstall(paths).run();
      return 0;
    }
    String previous =
        Files.exists(paths.nodenameFile()) ? Files.readString(paths.nodenameFile()) : "";
    NodeSettings settings =
        NodeSettings.from(environment, previous, InetAddress.getLocalHost().getHostName());
    new Footprint(paths)
        .remember(
            Stream.concat(
                paths.directories().stream(),
                CniInstallation.directories(settings, paths).stream()));
    Files.createDirectories(paths.run());
    Ending ending = new Ending(Thread.currentThread());
    Runtime.getRuntime().addShutdownHook(new Thread(ending::ask));
    try (DaemonLock _ = DaemonLock.take(paths.lock());
        OwnDatastore own = OwnDatastore.open(environment, paths);
        NodeDaemon daemon = new NodeDaemon(settings, paths, own.datastore())) {
      ending.await(daemon::start);
    } finally {
      ending.closed.countDown();
    }
    return 0;
  }

  /** How the daemon comes to its end when the process is asked to end, also while it starts. */
  private static final class Ending {
    private final Thread main;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean asked;

    Ending(Thread main) {
      this.main = main;
    }

    /** Of the main thread: runs the start, and returns when the end is asked for. */
    void await(Start start) throws Exception {
      try {
        start.run();
        new CountDownLatch(1).await();
      } catch (Exception e) {
        if (!asked) {
          throw e;
        }
        boolean _ = Thread.interrupted(); // what follows is to be closed in peace
        LOG.info("asked to end");
      }
    }

    /** Of the shutdown hook. Who has ended well has not failed: Java would say 128 + 15. */
    void ask() {
      if (closed.getCount() > 0) {
        asked = true;
        main.interrupt();
        try {
          closed.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(0);
      }
    }
  }

  /** What may take long, and can be interrupted. */
  private interface Start {
    void run() throws Exception;
  }
}
