package calico.felix.monitor;

import calico.model.GoDuration;
import calico.reconcile.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How this Felix is: the last report of each of its parts. A part that has to report and is silent
 * for longer than its timeout is neither live nor ready, so a loop that is stuck shows without
 * anybody's doing. Names, timeouts and the text of answers are upstream's. Can be used by any
 * thread.
 */
public final class Health {
  private static final Logger LOG = LoggerFactory.getLogger(Health.class);

  /** How often loops report, unless their timeouts are too short for that. */
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  /** The part that is ready when all others have been started. */
  static final String STARTUP = "FelixStartup";

  private static final int REPORTS_PER_TIMEOUT = 3;

  private Map<String, Duration> overrides;
  private final LongSupplier nanoTime;
  private final Map<String, Reporter> reporters = new TreeMap<>();
  private final Map<Reporter, Supplier<Report>> asked = new ConcurrentHashMap<>();
  private Summary lastTold = new Summary(true, true, "");

  /**
   * How a part is.
   *
   * @param detail for people; empty if there is nothing to say
   */
  public record Report(boolean live, boolean ready, String detail) {
    public static final Report WELL = new Report(true, true, "");
    static final Report AT_FIRST = new Report(true, false, "");
  }

  /**
   * How all parts are together.
   *
   * @param table a row for each, for people
   */
  record Summary(boolean live, boolean ready, String table) {}

  /** One part. */
  public final class Reporter {
    private final String name;
    private final Duration timeout;
    private Report latest = Report.AT_FIRST;
    private volatile long reportedNanos = nanoTime.getAsLong();

    private Reporter(String name, Duration timeout) {
      this.name = name;
      this.timeout = timeout;
    }

    /** Says how the part is now. */
    public void report(Report now) {
      synchronized (Health.this) {
        if (!now.equals(latest)) {
          LOG.info(
              "health of {}: live={} ready={} {}", name, now.live(), now.ready(), now.detail());
        }
        latest = now;
        reportedNanos = nanoTime.getAsLong();
      }
    }

    /** Is still what it last reported, only busy. */
    private void goesOn() {
      reportedNanos = nanoTime.getAsLong();
    }

    private Duration effectiveTimeout() {
      return overrides.getOrDefault(name, timeout);
    }

    private boolean timedOut() {
      Duration allowed = effectiveTimeout();
      return !allowed.isZero() && nanoTime.getAsLong() - reportedNanos > allowed.toNanos();
    }

    private boolean isLive() {
      return !timedOut() && latest.live();
    }

    private boolean isReady() {
      return !timedOut() && latest.ready();
    }

    private List<String> row() {
      Duration allowed = effectiveTimeout();
      return List.of(
          name,
          (allowed.isZero() ? "-" : GoDuration.print(allowed))
              + (overrides.containsKey(name) ? " (override)" : ""),
          words(isLive(), "live"),
          words(isReady(), "ready"),
          latest.detail());
    }

    private String words(boolean good, String quality) {
      return timedOut() ? "timed out" : good ? "reporting " + quality : "reporting non-" + quality;
    }
  }

  /**
   * @param overrides timeouts by the name of the part, for those that have another than their own
   * @param nanoTime a monotonic clock such as {@code System::nanoTime}
   */
  public Health(Map<String, Duration> overrides, LongSupplier nanoTime) {
    this.overrides = Map.copyOf(overrides);
    this.nanoTime = nanoTime;
  }

  /** Other overrides from now on. */
  public synchronized void override(Map<String, Duration> other) {
    overrides = Map.copyOf(other);
  }

  /** A part, live and not ready until it says otherwise; its reports are valid until the next. */
  public Reporter register(String name) {
    return register(name, Duration.ZERO);
  }

  /**
   * A part that does not report by itself.
   *
   * @param report asked whenever somebody asks for health
   */
  void ask(String name, Supplier<Report> report) {
    asked.put(register(name), report);
  }

  private synchronized Reporter register(String name, Duration timeout) {
    Reporter reporter = new Reporter(name, timeout);
    reporters.put(name, reporter);
    return reporter;
  }

  /**
   * By which a loop that is busy with one long task shows that it is not stuck. To be used on it.
   */
  public interface Pulse {
    /** Of a loop that nobody watches. */
    Pulse NONE =
        new Pulse() {
          @Override
          public void report() {}

          @Override
          public void goesOn() {}
        };

    /** It is otherwise than before, and that should be known at once. */
    void report();

    /** A step of what it does is done. Costs next to nothing. */
    void goesOn();
  }

  /**
   * Has a loop report from now on, as long as it runs.
   *
   * @param timeout how long it may be silent
   * @param report asked on the loop
   */
  public Pulse watch(String name, Duration timeout, EventLoop loop, Supplier<Report> report) {
    Reporter reporter = register(name, timeout);
    Pulse pulse =
        new Pulse() {
          @Override
          public void report() {
            reporter.report(report.get());
          }

          @Override
          public void goesOn() {
            reporter.goesOn();
          }
        };
    loop.execute(() -> repeat(loop, reporter, pulse));
    return pulse;
  }

  private void repeat(EventLoop loop, Reporter reporter, Pulse pulse) {
    loop.schedule(interval(reporter), () -> repeat(loop, reporter, pulse));
    pulse.report();
  }

  private synchronized Duration interval(Reporter reporter) {
    Duration allowed = reporter.effectiveTimeout();
    Duration often = allowed.dividedBy(REPORTS_PER_TIMEOUT);
    return allowed.isZero() || often.compareTo(INTERVAL) > 0 ? INTERVAL : often;
  }

  Summary summary() {
    asked.forEach((reporter, report) -> reporter.report(report.get()));
    return summarize();
  }

  private synchronized Summary summarize() {
    boolean live = true;
    boolean ready = true;
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("COMPONENT", "TIMEOUT", "LIVENESS", "READINESS", "DETAIL"));
    for (Reporter reporter : reporters.values()) {
      live &= reporter.isLive();
      ready &= reporter.isReady();
      rows.add(reporter.row());
    }
    Summary summary = new Summary(live, ready, table(rows));
    if (!summary.equals(lastTold)) {
      lastTold = summary;
      LOG.info("health: live={} ready={}\n{}", live, ready, summary.table());
    }
    return summary;
  }

  private static String table(List<List<String>> rows) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    rows.forEach(
        row -> {
          for (int i = 0; i < columns; i++) {
            widths[i] = Math.max(widths[i], row.get(i).length());
          }
        });
    StringBuilder line = new StringBuilder("+");
    for (int width : widths) {
      line.append("-".repeat(width + 2)).append('+');
    }
    StringBuilder out = new StringBuilder(line).append('\n');
    for (List<String> row : rows) {
      out.append('|');
      for (int i = 0; i < columns; i++) {
        String cell = row.get(i);
        out.append(' ').append(cell).append(" ".repeat(widths[i] - cell.length())).append(" |");
      }
      out.append('\n');
      if (row.equals(rows.getFirst())) {
        out.append(line).append('\n');
      }
    }
    return out.append(line).toString();
  }
}
