package calico.felix.monitor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The objects that have no effect, or not all of it, and what is wrong with each, as of now. */
public final class ObjectProblems {
  /** More than these would be a burden for who stores them; what is counted is counted all. */
  static final int TOLD = 500;

  /** How many people are told of in one line. */
  private static final int FIRST = 10;

  private final Map<Subject, String> problems = new ConcurrentHashMap<>();

  /**
   * An object of the datastore.
   *
   * @param namespace empty without one
   */
  public record Subject(String kind, String namespace, String name) {
    @Override
    public String toString() {
      return kind + "(" + (namespace.isEmpty() ? "" : namespace + "/") + name + ")";
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

  /** {@code NetworkPolicy(shop/web): invalid, GlobalNetworkPolicy(x): refused, and 3 more}. */
  static String told(ObjectProblems... all) {
    List<String> told =
        Stream.of(all)
            .flatMap(each -> each.problems.entrySet().stream())
            .map(e -> e.getKey() + ": " + e.getValue())
            .sorted()
            .collect(Collectors.toCollection(ArrayList::new));
    int more = told.size() - FIRST;
    if (more > 0) {
      told.subList(FIRST, told.size()).clear();
      told.add("and " + more + " more");
    }
    return String.join(", ", told);
  }
}
