package calico.reconcile;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A target in memory that fails where it is told to. Keys that begin with "foreign" are not ours.
 */
final class FakeTarget implements Target<String, Integer> {
  final Map<String, Integer> entries = new HashMap<>();
  final Set<String> failingKeys = new HashSet<>();

  /** Whether what fails is done all the same. */
  boolean failsAfterwards;

  boolean listFails;
  boolean applyFails;
  boolean untouched;
  int lists;
  int applies;
  int written;

  @Override
  public Map<String, Integer> list() throws IOException {
    lists++;
    if (listFails) {
      throw new IOException("list fails");
    }
    Map<String, Integer> ours = new HashMap<>(entries);
    ours.keySet().removeIf(k -> k.startsWith("foreign"));
    return ours;
  }

  @Override
  public boolean isUntouched() {
    return untouched;
  }

  @Override
  public Map<String, Exception> apply(Map<String, Integer> updates, Set<String> deletions)
      throws IOException {
    applies++;
    if (applyFails) {
      throw new IOException("apply fails");
    }
    Map<String, Exception> failed = new HashMap<>();
    updates.forEach(
        (k, v) -> {
          if (mayWrite(k, failed)) {
            entries.put(k, v);
            written++;
          }
        });
    for (String k : deletions) {
      if (mayWrite(k, failed)) {
        entries.remove(k);
        written++;
      }
    }
    return failed;
  }

  private boolean mayWrite(String key, Map<String, Exception> failed) {
    boolean fails = failingKeys.contains(key);
    if (fails) {
      failed.put(key, new IOException(key + " fails"));
    }
    return !fails || failsAfterwards;
  }
}
