package calico.model.resource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds rules that can never match because an earlier one decides about every packet that they
 * would match: one whose criteria are some of theirs. Linear in the number of rules.
 */
final class Shadowing {
  /** Rules have few criteria; of one with more only equal ones are found. */
  private static final int MOST_CRITERIA = 6;

  private static final Set<String> NO_CRITERIA = Set.of("action", "metadata", "operations");

  /** The number of the first rule that has just these criteria. */
  private final Map<Map<String, Object>, Integer> deciding = new HashMap<>();

  /**
   * The earlier rule that decides about all that this one matches, counted from 0; -1 if there is
   * none. Rules are given in order.
   *
   * @param tree the rule, encoded
   * @param decides whether packets that match go no further
   */
  int add(Map<String, ?> tree, int number, boolean decides) {
    Map<String, Object> criteria = new TreeMap<>();
    tree.forEach(
        (name, value) -> {
          if (!NO_CRITERIA.contains(name)) {
            flatten(name, value, criteria);
          }
        });
    int earlier = earlier(criteria);
    if (decides && earlier < 0) {
      deciding.put(criteria, number);
    }
    return earlier;
  }

  private int earlier(Map<String, Object> criteria) {
    if (criteria.size() > MOST_CRITERIA) {
      return deciding.getOrDefault(criteria, -1);
    }
    List<Map.Entry<String, Object>> all = new ArrayList<>(criteria.entrySet());
    int first = -1;
    for (int chosen = 0; chosen < 1 << all.size(); chosen++) {
      Map<String, Object> some = new TreeMap<>();
      for (int i = 0; i < all.size(); i++) {
        if ((chosen & 1 << i) != 0) {
          some.put(all.get(i).getKey(), all.get(i).getValue());
        }
      }
      int number = deciding.getOrDefault(some, -1);
      first = number >= 0 && (first < 0 || number < first) ? number : first;
    }
    return first;
  }

  /** The sides of a packet are objects of criteria; all else is one. */
  private static void flatten(String name, Object value, Map<String, Object> out) {
    boolean side = name.equals("source") || name.equals("destination");
    if (side && value instanceof Map<?, ?> entity) {
      entity.forEach((k, v) -> out.put(name + "." + k, v));
    } else {
      out.put(name, value);
    }
  }
}
