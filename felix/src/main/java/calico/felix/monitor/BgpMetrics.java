package calico.felix.monitor;

import calico.felix.monitor.ObjectProblems.Subject;
import java.util.Map;
import java.util.function.Supplier;

/** What the node's BGP configuration and sessions are like, read when it is asked for. */
public final class BgpMetrics {
  /** Of a node without BGP. */
  public static final Reading NONE = new Reading(false, 0, Map.of(), Map::of);

  private volatile Supplier<Reading> source = () -> NONE;

  /**
   * As of now.
   *
   * @param healthy whether the BGP daemon runs what the datastore says
   * @param reloads how often it was given a new configuration
   * @param problems of resources: "refused" or "doubtful"
   * @param peers asks how many there are
   */
  public record Reading(
      boolean healthy,
      long reloads,
      Map<Subject, String> problems,
      Supplier<Map<Peers, Integer>> peers) {}

  /**
   * Sessions that have something in common.
   *
   * @param ipVersion "4" or "6", of the session's addresses
   * @param status state of RFC 4271, e.g. "Established"
   */
  public record Peers(String ipVersion, String status) {}

  /** There is a BGP daemon, and this tells of it. */
  public void readFrom(Supplier<Reading> reading) {
    source = reading;
  }

  Reading read() {
    return source.get();
  }
}
