package calico.felix.monitor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The objects that have no effect, or not all of it, and what is wrong with each, as of now. */
public final class ObjectProblems {
  /** More than these would be a burden for who stores them; what is counted is counted all. */
  static final int TOLD = 500;

  private final Map<Subject, String> problems = new ConcurrentHashMap<>();

  /**
   * An object of the datastore.
   *
   * @param namespace empty without one
   */
  public record Subject(String kind, String namespace, String name) {
    /** Values for the labels of a metric: its own, and the problem. */
    String[] labels(String problem) {
      return new String[] {kind, namespace, name, problem};
    }
  }

  /**
   * The object has this problem.
   *
   * @param problem one of few words
   */
  public void put(Subject subject, String problem) {
    problems.put(subject, problem);
  }

  public void remove(Subject subject) {
    problems.remove(subject);
  }

  public boolean isEmpty() {
    return problems.isEmpty();
  }

  /** These are the problems, and there are no others. */
  public void replace(Map<Subject, String> all) {
    problems.keySet().retainAll(all.keySet());
    problems.putAll(all);
  }

  Map<Subject, String> read() {
    return problems;
  }
}
