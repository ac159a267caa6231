package calico.model.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Lists of ranges of table numbers: text such as {@code 1-99,150-250}, or objects with min and max.
 */
final class TableRanges {
  /** The list's OpenAPI schema. */
  static final Map<String, Object> FIELD =
      Map.of(
          "type",
          "array",
          "items",
          Map.of(
              "type",
              "object",
              "required",
              List.of("min", "max"),
              "properties",
              Map.of("min", Map.of("type", "integer"), "max", Map.of("type", "integer")),
              "x-kubernetes-validations",
              List.of(
                  Map.of(
                      "rule",
                      "self.min >= 1 && self.min <= self.max",
                      "message",
                      "expected 1 <= min <= max"))));

  private static final int MOST = 0xffff;

  private TableRanges() {}

  static List<NumberRange> parse(Object tree) {
    if (!(tree instanceof List<?> list)) {
      return ParameterTypes.items(tree, TableRanges::range);
    }
    List<NumberRange> out = new ArrayList<>();
    for (Object each : list) {
      if (!(each instanceof Map<?, ?> map)
          || !(map.get("min") instanceof Long min)
          || !(map.get("max") instanceof Long max)) {
        throw new IllegalArgumentException("expected objects with min and max");
      }
      out.add(checked(min, max));
    }
    if (out.stream().mapToLong(r -> r.max() - r.min() + 1L).sum() > MOST) {
      throw new IllegalArgumentException("all ranges together have at most " + MOST + " tables");
    }
    return List.copyOf(out);
  }

  private static NumberRange range(String text) {
    String[] ends = ParameterTypes.matching(text, "[0-9]{1,9}-[0-9]{1,9}", "a range").split("-");
    return checked(Long.parseLong(ends[0]), Long.parseLong(ends[1]));
  }

  private static NumberRange checked(long min, long max) {
    if (min < 1 || max > 0xffffffffL >> 1) {
      throw new IllegalArgumentException("a table's number is 1 to 2147483647");
    }
    if (min > max) {
      throw new IllegalArgumentException("the range's first table is above its last");
    }
    return new NumberRange((int) min, (int) max);
  }
}
