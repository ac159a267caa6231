package calico.felix.monitor;

import calico.felix.monitor.HttpEndpoint.Answer;
import calico.felix.monitor.HttpEndpoint.Place;
import calico.model.config.FelixConfig;
import calico.model.config.MonitoringParameters;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a node's health is answered, over the lives of its Felixes. While there is none that runs,
 * because the datastore is away or not ready, say, the node lives and is not ready, and the answer
 * says what is waited for. Can be used by any thread.
 */
public final class HealthEndpoint implements AutoCloseable {
  private final Health waiting = new Health(Map.of(), System::nanoTime);
  private final Map<String, Supplier<Health.Report>> others = new ConcurrentHashMap<>();
  private final Health.Reporter startup = waiting.register(Health.STARTUP);
  private volatile Health answered = waiting;
  private @Nullable Place place;
  private @Nullable HttpEndpoint endpoint;

  /**
   * One that waits.
   *
   * @param local what is set on this machine alone: where it is served until more is known
   */
  public HealthEndpoint(FelixConfig local) {
    serve(local);
  }

  /**
   * There is no Felix that runs.
   *
   * @param what is waited for, for people
   */
  public void waitFor(String what) {
    startup.report(new Health.Report(true, false, what));
    answered = waiting;
  }

  /** A part of the node beside Felix, which is asked and answered for with every Felix. */
  public void include(String name, Supplier<Health.Report> report) {
    others.put(name, report);
    waiting.ask(name, report);
    answered.ask(name, report);
  }

  /** Answers for a Felix, where its configuration says. */
  void answerFor(Health felix, FelixConfig config) {
    others.forEach(felix::ask);
    answered = felix;
    serve(config);
  }

  /** In the background and in the calling thread's network namespace. */
  private synchronized void serve(FelixConfig config) {
    Place wanted =
        config.get(MonitoringParameters.HEALTH_ENABLED)
            ? new Place(
                "health",
                "HealthHost and HealthPort",
                config.get(MonitoringParameters.HEALTH_HOST),
                config.get(MonitoringParameters.HEALTH_PORT))
            : null;
    if (Objects.equals(wanted, place)) {
      return;
    }
    close();
    place = wanted;
    if (wanted != null) {
      HttpEndpoint made =
          new HttpEndpoint(
              wanted,
              null,
              Map.of(
                  "/liveness", () -> answer(Health.Summary::live),
                  "/readiness", () -> answer(Health.Summary::ready)));
      made.start();
      endpoint = made;
    }
  }

  /** What {@code /readiness} answers. */
  public boolean isReady() {
    return answered.summary().ready();
  }

  private Answer answer(Predicate<Health.Summary> good) {
    Health.Summary now = answered.summary();
    return HttpEndpoint.text(good.test(now) ? 200 : 503, now.table());
  }

  @Override
  public synchronized void close() {
    if (endpoint != null) {
      endpoint.close();
      endpoint = null;
      place = null;
    }
  }
}
