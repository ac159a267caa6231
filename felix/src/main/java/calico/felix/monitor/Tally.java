package calico.felix.monitor;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts by the value of one label, of which there are few. */
public final class Tally {
  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

  public void increment(String label) {
    add(label, 1);
  }

  /** Counts several; with zero the label appears. */
  public void add(String label, long count) {
    LongAdder adder = counts.get(label);
    if (adder == null) {
      adder = counts.computeIfAbsent(label, _ -> new LongAdder());
    }
    adder.add(count);
  }

  /** The counts by label, in order. */
  public Map<String, Long> read() {
    Map<String, Long> out = new TreeMap<>();
    counts.forEach((label, adder) -> out.put(label, adder.sum()));
    return out;
  }
}
