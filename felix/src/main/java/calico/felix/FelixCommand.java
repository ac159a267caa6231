package calico.felix;

import calico.cli.Command;
import calico.cli.CommandLine;
import calico.cli.Failures;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Datastores;
import calico.datastore.ReadyFlag;
import calico.felix.dataplane.Cleanup;
import calico.felix.drops.DropsCommand;
import calico.felix.monitor.HealthEndpoint;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The command line of Felix by itself; a node usually runs it inside of the node daemon. */
public final class FelixCommand implements Verb {
  private static final Logger LOG = LoggerFactory.getLogger(FelixCommand.class);
  private static final int CONFIG_CHANGED = 129;

  private boolean cleanup;

  @Override
  public void declare(Command felix) {
    felix
        .description(
            "Programs this node's routes and policy.",
            "Every parameter can be set in the environment (FELIX_NAME), in /etc/calico/felix.cfg, or"
                + " in a FelixConfiguration. Of these, FelixHostname, EtcdEndpoints, EtcdCaFile,"
                + " EtcdCertFile and EtcdKeyFile can only be set locally.")
        .flag(
            "--cleanup",
            "Remove Felix's tables, routes and neighbours, and exit.",
            () -> cleanup = true)
        .command("drops", DropsCommand::new)
        .notes(
            "Exit status: 0 when asked to end; 1 when it cannot start; 2 for wrong arguments; 129"
                + " when a setting has changed that needs a new start.")
        .examples(
            "FELIX_ETCDENDPOINTS=http://127.0.0.1:2379 FELIX_FELIXHOSTNAME=a calico felix",
            "calico felix --cleanup      removes what Felix has programmed, and nothing else",
            "calico felix drops          shows what this node's policy denies, as it happens, and"
                + " why");
  }

  /** Runs the command line. */
  public static int run(String... arguments) {
    Command felix = Command.root("calico felix", new FelixCommand());
    return CommandLine.run(
        felix, arguments, System.out, Failures.besidesUsage(System.err, FelixCommand::report));
  }

  private static int report(Throwable failure, Command command) {
    LOG.error("Felix cannot run: {}", failure.getMessage(), failure);
    return command.failureStatus();
  }

  @Override
  public Integer call() throws Exception {
    Map<String, String> environment = System.getenv();
    Path root = Path.of(environment.getOrDefault("CALICO_ROOT", "/"));
    FelixConfig local = new FelixSettings("", root, environment).local();
    String configured = local.get(FelixParameters.FELIX_HOSTNAME);
    String host = configured.isEmpty() ? InetAddress.getLocalHost().getHostName() : configured;
    FelixSettings settings = new FelixSettings(host, root, environment);
    if (cleanup) {
      Cleanup.run(
          DataplaneSettings.from(known(settings, datastoreEnvironment(local, environment)), ""));
      return 0;
    }
    CountDownLatch ended = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endAndWait(ended, closed)));
    try (HealthEndpoint health = new HealthEndpoint(local);
        Datastore datastore = Datastores.forDaemon(datastoreEnvironment(local, environment))) {
      ReadyFlag.await(datastore, health::waitFor);
      return runUntil(ended, settings, datastore, health);
    } finally {
      closed.countDown();
    }
  }

  /** All settings, or, without a datastore, this machine's: they say what is Felix's. */
  private static FelixConfig known(FelixSettings settings, Map<String, String> environment) {
    try (Datastore datastore = Datastores.forOneShot(environment)) {
      return settings.load(datastore);
    } catch (DatastoreException e) {
      LOG.warn(
          "FelixConfigurations cannot be read; going by this machine's settings: {}",
          e.getMessage());
      return settings.local();
    }
  }

  private static int runUntil(
      CountDownLatch ended, FelixSettings settings, Datastore datastore, HealthEndpoint health)
      throws InterruptedException {
    AtomicInteger status = new AtomicInteger();
    Runnable onConfigChanged =
        () -> {
          status.set(CONFIG_CHANGED);
          ended.countDown();
        };
    try (Felix felix = new Felix(settings, datastore, health, onConfigChanged)) {
      felix.start();
      ended.await();
    }
    return status.get();
  }

  /** Felix has names of its own for where the datastore is. */
  private static Map<String, String> datastoreEnvironment(
      FelixConfig local, Map<String, String> environment) {
    Map<String, String> out = new TreeMap<>(environment);
    List<URI> endpoints = local.get(FelixParameters.ETCD_ENDPOINTS);
    if (!endpoints.isEmpty()) {
      out.put(
          "ETCD_ENDPOINTS", endpoints.stream().map(URI::toString).collect(Collectors.joining(",")));
    }
    out.put("DATASTORE_TYPE", local.get(FelixParameters.DATASTORE_TYPE));
    putIfSet(out, "ETCD_CA_CERT_FILE", local.get(FelixParameters.ETCD_CA_FILE));
    putIfSet(out, "ETCD_CERT_FILE", local.get(FelixParameters.ETCD_CERT_FILE));
    putIfSet(out, "ETCD_KEY_FILE", local.get(FelixParameters.ETCD_KEY_FILE));
    return out;
  }

  private static void putIfSet(Map<String, String> out, String name, String value) {
    if (!value.isEmpty()) {
      out.put(name, value);
    }
  }

  private static void endAndWait(CountDownLatch ended, CountDownLatch closed) {
    ended.countDown();
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
