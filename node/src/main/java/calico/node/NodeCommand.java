package calico.node;

import calico.cli.Command;
import calico.cli.CommandLine;
import calico.cli.Failures;
import calico.cli.Verb;
import calico.model.GoDuration;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The command line of the node daemon. */
public final class NodeCommand implements Verb {
  private static final Logger LOG = LoggerFactory.getLogger(NodeCommand.class);
  private static final int THRESHOLD_SECONDS = 30;

  private final Set<NodeProbe.Question> questions = EnumSet.noneOf(NodeProbe.Question.class);
  private Duration threshold = Duration.ofSeconds(THRESHOLD_SECONDS);

  @Override
  public void declare(Command node) {
    for (NodeProbe.Question question : NodeProbe.Question.values()) {
      node.flag("--" + question.flag, question.help, () -> questions.add(question));
    }
    node.option(
        "--threshold-time=DURATION",
        "How long after the daemon's start BIRD needs all its sessions to be ready; later one is"
            + " enough. Default: 30s",
        text -> threshold = GoDuration.parse(text));
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
        .environment("IP, IP6", "autodetect, none, or ADDRESS/LENGTH.")
        .environment(
            "IP_AUTODETECTION_METHOD",
            "first-found, interface=, skip-interface=, cidr=, can-reach=.")
        .environment("AS", "AS number of this node.")
        .environment("CALICO_IPV4POOL_CIDR, ...", "The default pools.")
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
            "calico node --felix-ready --bird-ready");
  }

  /** Runs the command line. */
  public static int run(String... arguments) {
    Command node = Command.root("calico node", new NodeCommand());
    return CommandLine.run(
        node, arguments, System.out, Failures.besidesUsage(System.err, NodeCommand::report));
  }

  private static int report(Throwable failure, Command command) {
    LOG.error("the node daemon cannot run: {}", failure.getMessage(), failure);
    return command.failureStatus();
  }

  @Override
  public Integer call() throws Exception {
    Map<String, String> environment = System.getenv();
    NodePaths paths = new NodePaths(Path.of(environment.getOrDefault("CALICO_ROOT", "/")));
    if (!questions.isEmpty()) {
      NodeProbe probe = new NodeProbe(paths, environment, Clock.systemUTC(), threshold);
      List<String> wrong = probe.ask(questions);
      wrong.forEach(System.out::println);
      return wrong.isEmpty() ? 0 : 1;
    }
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
