package calico.felix.dataplane;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the kernel refuses, as people have been told. What it lacks, such as a module, it lacks for
 * long, and one message is enough.
 */
final class Refusals {
  private final Map<String, String> told = new TreeMap<>();

  /** Whether it has not been told that the thing is refused for this reason. */
  boolean isNews(String name, Exception reason) {
    String text = String.valueOf(reason.getMessage());
    return !text.equals(told.put(name, text));
  }

  /** These are no longer refused: if they are again, that is news. */
  void settled(Set<String> names) {
    told.keySet().removeAll(names);
  }

  /** What is not among these is no longer wanted. */
  void retain(Set<String> names) {
    told.keySet().retainAll(names);
  }

  /** For people; empty if nothing is refused. */
  String summary() {
    return told.isEmpty() ? "" : "refused: " + String.join(", ", told.keySet());
  }
}
