package calico.felix.monitor;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** How long the CNI plugin's calls take, by command and stage, and how they fail. Thread-safe. */
public final class CniMetrics {
  private final Map<Stage, Latency> stages = new ConcurrentHashMap<>();
  private final Tally failures = new Tally();

  /** A part of what a command does. */
  record Stage(String command, String name) implements Comparable<Stage> {
    @Override
    public int compareTo(Stage other) {
      int byCommand = command.compareTo(other.command);
      return byCommand == 0 ? name.compareTo(other.name) : byCommand;
    }
  }

  /** Records the time that a stage of a command took. */
  public void record(String command, String stage, long nanos) {
    stages.computeIfAbsent(new Stage(command, stage), _ -> new Latency()).record(nanos / 1e9);
  }

  /** Counts a call that failed. */
  public void failed(int code) {
    failures.increment(Integer.toString(code));
  }

  Tally failures() {
    return failures;
  }

  /** The stages that there have been, in order. */
  Map<Stage, Latency> read() {
    return new TreeMap<>(stages);
  }
}
