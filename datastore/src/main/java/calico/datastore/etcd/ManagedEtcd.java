package calico.datastore.etcd;

import calico.reconcile.Backoff;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The distribution's etcd as a child that is kept running: one member, on a loopback address, for
 * clusters that fit on one machine or start small.
 *
 * <p>It belongs to its data directory, not to this process: if this process is killed, etcd goes on
 * serving, and the next one to be started with that directory finds it among the running processes
 * by its {@code --data-dir} and adopts it; one that does not answer is replaced. Its output goes to
 * {@code DIR/etcd.log}.
 */
public final class ManagedEtcd implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ManagedEtcd.class);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

  /** How long one that runs already is given to answer, counted from when it was started. */
  private static final Duration STARTING = Duration.ofSeconds(5);

  private static final int PROBE_TIMEOUT_MILLIS = 1000;

  /** For the key "/". */
  private static final byte[] PROBE = "{\"key\":\"Lw==\"}".getBytes(StandardCharsets.US_ASCII);

  private static final String DATA_DIR = "--data-dir=";
  private static final String CLIENT_URLS = "--listen-client-urls=";

  /**
   * @param binary of etcd: a path, or a name to be found on PATH
   * @param dataDir holds the data and the log
   * @param host a loopback address
   * @param clientPort 0 for the one of a running etcd, else any free one
   * @param startTimeout how long etcd may take to answer
   */
  public record Settings(
      String binary,
      Path dataDir,
      String host,
      int clientPort,
      Duration startTimeout,
      EtcdLimits limits) {
    public static final Settings DEFAULT =
        new Settings(
            "etcd",
            Path.of("/var/lib/calico/etcd"),
            "127.0.0.1",
            2379,
            Duration.ofSeconds(30),
            EtcdLimits.DEFAULT);

    public Settings {
      dataDir = dataDir.toAbsolutePath().normalize();
      if (!isLoopback(host)) {
        throw new IllegalArgumentException(
            "managed etcd: host = '"
                + host
                + "' is not a loopback address; it serves without authentication, so run an etcd"
                + " cluster with TLS to serve other machines");
      }
    }

    public Settings withDataDir(Path newDataDir) {
      return new Settings(binary, newDataDir, host, clientPort, startTimeout, limits);
    }

    public Settings withClientPort(int newClientPort) {
      return new Settings(binary, dataDir, host, newClientPort, startTimeout, limits);
    }

    public Settings withLimits(EtcdLimits newLimits) {
      return new Settings(binary, dataDir, host, clientPort, startTimeout, newLimits);
    }

    private static boolean isLoopback(String host) {
      return host.equals("::1") || host.matches("127(\\.[0-9]{1,3}){3}");
    }
  }

  private record Member(ProcessHandle process, EtcdConfig.Endpoint endpoint) {}

  private final Settings settings;
  private final Backoff backoff;
  private final RandomGenerator random;
  private final EtcdConfig.Endpoint endpoint;
  private final EtcdUpkeep upkeep;
  private final Thread supervisor;
  private volatile Member member;
  private volatile boolean closed;

  private ManagedEtcd(Settings settings, Backoff backoff, RandomGenerator random) {
    this.settings = settings;
    this.backoff = backoff;
    this.random = random;
    Member adopted = adopt().orElse(null);
    this.endpoint =
        adopted != null
            ? adopted.endpoint
            : new EtcdConfig.Endpoint(
                false,
                settings.host,
                settings.clientPort == 0 ? freePort(settings.host) : settings.clientPort);
    this.upkeep =
        new EtcdUpkeep(config(endpoint), settings.dataDir, logFile(settings), settings.limits);
    this.member = adopted != null ? adopted : launch();
    this.supervisor =
        Thread.ofPlatform().daemon().name("etcd supervisor").unstarted(this::supervise);
  }

  /**
   * Starts etcd, or adopts the one that runs on that data directory, and waits until it answers.
   *
   * @throws IllegalStateException telling why it cannot run
   */
  public static ManagedEtcd start(Settings settings) {
    return start(settings, Backoff.DEFAULT, RandomGenerator.getDefault());
  }

  static ManagedEtcd start(Settings settings, Backoff backoff, RandomGenerator random) {
    ManagedEtcd etcd = new ManagedEtcd(settings, backoff, random);
    etcd.supervisor.start();
    return etcd;
  }

  /** How to reach it. */
  public EtcdConfig config() {
    return config(endpoint);
  }

  private static EtcdConfig config(EtcdConfig.Endpoint at) {
    return EtcdConfig.of(at.toString());
  }

  /** Its process id; another one after it has been restarted. */
  public long pid() {
    return member.process.pid();
  }

  /** Stops it: SIGTERM, and SIGKILL if it does not end soon. */
  @Override
  public void close() {
    abandon();
    stop(member.process);
  }

  /** Leaves it running without supervision. */
  void abandon() {
    closed = true;
    supervisor.interrupt();
    try {
      supervisor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void supervise() {
    int failures = 0;
    try {
      while (!closed) {
        long since = System.nanoTime();
        awaitExitWithUpkeep();
        // One that ran for long was healthy: restart it with a short delay.
        failures = System.nanoTime() - since > backoff.limit().toNanos() ? 1 : failures + 1;
        log.warn("etcd ended, restarting pid={} log={}", member.process.pid(), logFile());
        Thread.sleep(backoff.wait(failures, random));
        try {
          member = launch();
        } catch (IllegalStateException e) {
          log.error("etcd not restarted, will try again reason={}", e.getMessage());
        }
      }
    } catch (InterruptedException _) {
      log.debug("etcd supervision ended");
    } catch (ExecutionException e) {
      log.error("etcd supervision ended", e);
    }
  }

  private void awaitExitWithUpkeep() throws InterruptedException, ExecutionException {
    while (true) {
      upkeep.run();
      try {
        member.process.onExit().get(settings.limits.interval().toMillis(), TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException _) {
        // It runs on: look again.
      }
    }
  }

  /** The etcd that runs on the data directory; if it does not answer as it should, it is ended. */
  private Optional<Member> adopt() {
    Optional<String> user = ProcessHandle.current().info().user();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      ProcessHandle.Info info = process.info();
      List<String> arguments = List.of(info.arguments().orElse(new String[0]));
      if (!arguments.contains(DATA_DIR + settings.dataDir) || !info.user().equals(user)) {
        continue;
      }
      Optional<EtcdConfig.Endpoint> serves =
          arguments.stream()
              .filter(argument -> argument.startsWith(CLIENT_URLS))
              .map(argument -> EtcdConfig.Endpoint.parse(argument.substring(CLIENT_URLS.length())))
              .filter(at -> settings.clientPort == 0 || at.port() == settings.clientPort)
              .filter(at -> comesUp(process, at))
              .findFirst();
      if (serves.isPresent()) {
        log.info("adopted running etcd pid={} endpoint={}", process.pid(), serves.get());
        return Optional.of(new Member(process, serves.get()));
      }
      log.warn("replacing etcd pid={} reason=no answer at the configured port", process.pid());
      stop(process);
    }
    return Optional.empty();
  }

  /** Whether it answers, or will: one whose supervisor died lately may be starting still. */
  private static boolean comesUp(ProcessHandle process, EtcdConfig.Endpoint at) {
    Instant settled = process.info().startInstant().orElse(Instant.EPOCH).plus(STARTING);
    try {
      while (!isHealthy(at)) {
        if (!process.isAlive() || Instant.now().isAfter(settled)) {
          return false;
        }
        Thread.sleep(20);
      }
      return true;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Member launch() {
    EtcdConfig.Endpoint at = endpoint;
    if (isHealthy(at)) {
      throw new IllegalStateException(
          "managed etcd: an etcd that "
              + settings.dataDir
              + " does not know of answers at "
              + at
              + "; stop it, choose another port, or set ETCD_ENDPOINTS to use it");
    }
    try {
      createDataDir();
      ProcessHandle process = spawn(at);
      Member started = new Member(process, at);
      awaitHealth(started);
      log.info("etcd runs pid={} endpoint={}", process.pid(), at);
      return started;
    } catch (IOException e) {
      throw new IllegalStateException(
          "managed etcd in " + settings.dataDir + ": " + upkeep.spaceProblem() + e.getMessage(), e);
    }
  }

  private void createDataDir() throws IOException {
    if (!Files.isDirectory(settings.dataDir)) {
      Files.createDirectories(
          settings.dataDir,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  private ProcessHandle spawn(EtcdConfig.Endpoint at) throws IOException {
    // It has no peers: a socket in its directory, where nobody else listens and nobody else comes.
    String peer = "unix://peer:0";
    List<String> command =
        new ArrayList<>(List.of(binary().toString(), "--name=calico", DATA_DIR + settings.dataDir));
    command.add(CLIENT_URLS + at);
    command.add("--advertise-client-urls=" + at);
    command.add("--listen-peer-urls=" + peer);
    command.add("--initial-advertise-peer-urls=" + peer);
    command.add("--initial-cluster=calico=" + peer);
    // It elects itself: no message can be late. This is how long each start of it takes.
    command.add("--heartbeat-interval=50");
    command.add("--election-timeout=250");
    // For the time that nobody looks after it; see EtcdUpkeep.
    command.add("--auto-compaction-mode=revision");
    command.add("--auto-compaction-retention=" + settings.limits.keptRevisions());
    command.add("--quota-backend-bytes=" + settings.limits.quotaBytes());
    command.add("--logger=zap");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(settings.dataDir.toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
    // etcd refuses to start where a variable says the same as a flag.
    builder.environment().keySet().removeIf(name -> name.startsWith("ETCD_"));
    return builder.start().toHandle();
  }

  private Path binary() {
    List<Path> candidates = new ArrayList<>();
    if (settings.binary.contains("/")) {
      candidates.add(Path.of(settings.binary));
    } else {
      Map<String, String> env = System.getenv();
      for (String dir : env.getOrDefault("PATH", "/usr/local/bin:/usr/bin").split(":")) {
        candidates.add(Path.of(dir, settings.binary));
      }
    }
    return candidates.stream()
        .filter(Files::isExecutable)
        .map(Path::toAbsolutePath)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    settings.binary + " not found: install the package etcd-server"));
  }

  private void awaitHealth(Member started) {
    long deadline = System.nanoTime() + settings.startTimeout.toNanos();
    try {
      while (!isHealthy(started.endpoint)) {
        if (!started.process.isAlive()) {
          throw new IllegalStateException(
              "managed etcd ended at once; " + upkeep.spaceProblem() + logTail());
        }
        if (System.nanoTime() > deadline) {
          stop(started.process);
          throw new IllegalStateException(
              "managed etcd did not answer at "
                  + started.endpoint
                  + " within "
                  + settings.startTimeout.toSeconds()
                  + " s; "
                  + upkeep.spaceProblem()
                  + logTail());
        }
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      stop(started.process);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("managed etcd: interrupted while it started", e);
    }
  }

  private String logTail() {
    try {
      List<String> lines = Files.readAllLines(logFile(), StandardCharsets.UTF_8);
      int from = Math.max(0, lines.size() - 3);
      return "see " + logFile() + ": " + String.join(" | ", lines.subList(from, lines.size()));
    } catch (IOException e) {
      return "its log " + logFile() + " cannot be read: " + e.getMessage();
    }
  }

  /**
   * Whether it has a leader and answers a read. Its own answer at /health is not what is asked for
   * here: that is no when its quota is used up, which neither ending nor starting it makes better.
   */
  private static boolean isHealthy(EtcdConfig.Endpoint at) {
    HttpURLConnection connection = null;
    try {
      connection =
          (HttpURLConnection)
              URI.create(at + "/v3/kv/range").toURL().openConnection(Proxy.NO_PROXY);
      connection.setConnectTimeout(PROBE_TIMEOUT_MILLIS);
      connection.setReadTimeout(PROBE_TIMEOUT_MILLIS);
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", "application/json");
      try (OutputStream out = connection.getOutputStream()) {
        out.write(PROBE);
      }
      return connection.getResponseCode() == 200;
    } catch (IOException _) {
      return false;
    } finally {
      if (connection != null) {
        connection.disconnect();
      }
    }
  }

  private static void stop(ProcessHandle process) {
    process.destroy();
    if (!awaitExit(process)) {
      process.destroyForcibly();
      awaitExit(process);
    }
  }

  private static boolean awaitExit(ProcessHandle process) {
    try {
      process.onExit().get(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException _) {
      return false;
    }
  }

  private static int freePort(String host) {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no free port on " + host, e);
    }
  }

  private Path logFile() {
    return logFile(settings);
  }

  private static Path logFile(Settings settings) {
    return settings.dataDir.resolve("etcd.log");
  }
}
