package calico.felix;

import calico.datastore.Datastore;
import calico.felix.monitor.HealthEndpoint;
import calico.model.json.Yaml;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.netlink.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A whole Felix for node n1 in a network namespace, on a datastore of the test's. When it has to
 * start again, another one does, as in the node daemon.
 */
public final class TestFelix implements AutoCloseable {
  public static final String NODE = "n1";

  /** A cluster that is ready, and a profile that lets everything pass. */
  public static final String CLUSTER =
      """
      apiVersion: projectcalico.org/v3
      kind: ClusterInformation
      metadata: {name: default}
      spec: {datastoreReady: true}
      ---
      apiVersion: projectcalico.org/v3
      kind: Profile
      metadata: {name: open}
      spec: {ingress: [{action: Allow}], egress: [{action: Allow}]}
      """;

  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final Netns netns;
  private final Path root;
  private final Datastore datastore;
  private final AtomicInteger starts = new AtomicInteger();
  private @Nullable HealthEndpoint health;
  private @Nullable Felix felix;

  /** FELIX_*, for the next start. */
  public final Map<String, String> environment = new HashMap<>();

  /** What is done when it has to start again; may be replaced before the start. */
  public Runnable onConfigChanged = () -> Thread.ofPlatform().start(this::startAgain);

  /** What is answered over HTTP; status -1 if nobody does. */
  public record Answer(int status, String body) {}

  /**
   * One that has not started.
   *
   * @param root directory of its files
   */
  public TestFelix(Netns netns, Path root, Datastore datastore) {
    this.netns = netns;
    this.root = root;
    this.datastore = datastore;
  }

  /** Writes the resources of a YAML text. */
  public static void put(Datastore datastore, String yaml) {
    Yaml.parse(yaml).forEach(document -> put(datastore, ResourceCodec.decode(document.tree())));
  }

  private static <S> void put(Datastore datastore, Resource<S> resource) {
    datastore.put(ResourceKey.of(resource), resource, null);
  }

  /** Writes an object. */
  <S> void put(Kind<S> kind, @Nullable String namespace, String name, Map<String, Object> spec) {
    Map<String, Object> metadata = new HashMap<>(Map.of("name", name));
    if (namespace != null) {
      metadata.put("namespace", namespace);
    }
    put(datastore, ResourceCodec.decode(kind, Map.of("metadata", metadata, "spec", spec)));
  }

  /** Reads its configuration, and starts. */
  public synchronized void start() {
    try {
      FelixSettings settings = new FelixSettings(NODE, root, environment);
      HealthEndpoint answering = health;
      if (answering == null) {
        answering = netns.call(() -> new HealthEndpoint(settings.local()));
        health = answering;
      }
      Felix made = new Felix(settings, datastore, answering, onConfigChanged);
      felix = made;
      starts.incrementAndGet();
      netns.run(made::start);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void startAgain() {
    if (felix != null) {
      felix.close();
      start();
    }
  }

  /** How often one has started. */
  public int starts() {
    return starts.get();
  }

  /**
   * The one that runs.
   *
   * @throws IllegalStateException if none does
   */
  public synchronized Felix running() {
    if (felix == null) {
      throw new IllegalStateException("not started");
    }
    return felix;
  }

  /** Asks over HTTP, in its namespace. */
  public Answer get(String url) {
    return netns.call(
        () -> {
          try {
            var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
            connection.setConnectTimeout(5000);
            connection.setReadTimeout(5000);
            int status = connection.getResponseCode();
            try (var in =
                status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
              return new Answer(status, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
          } catch (IOException e) {
            return new Answer(-1, e.toString());
          }
        });
  }

  /** Asks until the answer is as it should be. */
  public Answer await(String url, Predicate<Answer> condition) {
    Answer[] answer = new Answer[1];
    await(
        () -> url + " says " + answer[0],
        () -> {
          answer[0] = get(url);
          return condition.test(answer[0]);
        });
    return answer[0];
  }

  /** Waits until something is so. */
  public static void await(Supplier<String> what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("after " + TIMEOUT.toSeconds() + " s: " + what.get());
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  /** The value of a metric without labels, or with them as they are written; NaN without it. */
  public static double metric(String name, Answer answer) {
    return answer
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(Double.NaN);
  }

  /** Ends, and leaves the kernel as it is. */
  public synchronized void stop() {
    if (felix != null) {
      felix.close();
      felix = null;
    }
    if (health != null) {
      health.close();
      health = null;
    }
  }

  @Override
  public void close() {
    stop();
  }
}
