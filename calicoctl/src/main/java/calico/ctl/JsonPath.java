package calico.ctl;

import calico.model.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * kubectl's JSONPath templates over trees: text, and expressions in braces.
 *
 * <pre>
 * {.metadata.name}  {$.spec}  {.items[0]}  {.items[-1:]}  {.items[*].spec['cidr','nodeSelector']}
 * {..name}  {.metadata.labels.projectcalico\.org/tier}  {.items[?(@.spec.order&gt;10)].metadata.name}
 * {range .items[*]}{.metadata.name}{"\t"}{.spec.cidr}{"\n"}{end}
 * </pre>
 *
 * <p>The values of an expression are separated by blanks; objects and lists print as JSON. What is
 * not there prints as nothing.
 */
final class JsonPath {
  private static final List<Step> ITEMS = List.of(new Step.Field("items"), new Step.All());

  private final List<Part> parts;

  private JsonPath(List<Part> parts) {
    this.parts = parts;
  }

  /** A piece of a template. */
  private sealed interface Part {
    /** Text outside braces, or a quoted one inside. */
    record Text(String text) implements Part {}

    record Expression(List<Step> steps) implements Part {}

    /** Its body is printed once per value. */
    record Range(List<Step> steps, List<Part> body) implements Part {}
  }

  /** From values to values below them. */
  sealed interface Step {
    record Field(String name) implements Step {}

    record Fields(List<String> names) implements Step {}

    /** All members or elements. */
    record All() implements Step {}

    /** The values themselves and all below them. */
    record Descend() implements Step {}

    /** Negative numbers count from the end; null is the end itself. */
    record Slice(@Nullable Integer from, @Nullable Integer to, int stride) implements Step {}

    record Index(int index) implements Step {}

    /** Elements of which a path has a value that compares so, or any value if right is null. */
    record Filter(List<Step> left, String operator, @Nullable Object right) implements Step {}
  }

  /**
   * Reads a template.
   *
   * @throws CommandException saying what is wrong and where
   */
  static JsonPath parse(String template) {
    // As kubectl: a bare path is an expression.
    String text =
        template.indexOf('{') >= 0
            ? template
            : "{"
                + (template.startsWith(".") || template.startsWith("$") ? "" : ".")
                + template
                + "}";
    JsonPathParser parser = new JsonPathParser(text);
    List<Part> out = new ArrayList<>();
    String end = read(parser, out);
    if (end != null) {
      throw parser.bad("{end} without {range}");
    }
    return new JsonPath(out);
  }

  /** Reads up to the end of the text (null) or {@code {end}}. */
  private static @Nullable String read(JsonPathParser parser, List<Part> out) {
    while (parser.more()) {
      String text = parser.text();
      if (!text.isEmpty()) {
        out.add(new Part.Text(text));
      }
      if (!parser.more()) {
        return null;
      }
      parser.expect('{');
      parser.blanks();
      if (parser.keyword("end")) {
        parser.close();
        return "end";
      }
      if (parser.keyword("range")) {
        List<Step> steps = parser.path();
        parser.close();
        List<Part> body = new ArrayList<>();
        if (read(parser, body) == null) {
          throw parser.bad("{range} without {end}");
        }
        out.add(new Part.Range(steps, body));
        continue;
      }
      while (!parser.closed()) {
        String quoted = parser.quoted();
        out.add(quoted == null ? new Part.Expression(parser.path()) : new Part.Text(quoted));
        parser.blanks();
      }
    }
    return null;
  }

  /** What the template prints for a tree. */
  String print(@Nullable Object tree) {
    StringBuilder out = new StringBuilder();
    print(parts, tree, out);
    return out.toString();
  }

  /**
   * Prints what the template says of a list whose elements come one by one.
   *
   * @return null if the template looks at the list in another way than at each of its elements once
   */
  @Nullable OfItems ofItems() {
    List<Part> looking = parts.stream().filter(p -> !(p instanceof Part.Text)).toList();
    if (looking.size() != 1) {
      return null;
    }
    List<Step> steps =
        switch (looking.getFirst()) {
          case Part.Text _ -> List.of();
          case Part.Expression(List<Step> path) -> path;
          case Part.Range(List<Step> path, _) -> path;
        };
    return steps.size() >= ITEMS.size() && steps.subList(0, ITEMS.size()).equals(ITEMS)
        ? new OfItems(parts.indexOf(looking.getFirst()), steps.subList(ITEMS.size(), steps.size()))
        : null;
  }

  /** A template of which one part looks at elements, and the others are text. */
  final class OfItems {
    private final int at;
    private final List<Step> steps;
    private boolean begun;
    private boolean any;

    private OfItems(int at, List<Step> steps) {
      this.at = at;
      this.steps = steps;
    }

    /** What comes because of one more element. */
    String item(Object tree) {
      StringBuilder out = new StringBuilder();
      begin(out);
      for (Object value : select(tree, steps)) {
        switch (parts.get(at)) {
          case Part.Text _ -> throw new IllegalStateException("text looks at nothing");
          case Part.Expression _ -> out.append(any ? " " : "").append(text(value));
          case Part.Range(_, List<Part> body) -> print(body, value, out);
        }
        any = true;
      }
      return out.toString();
    }

    /** What comes after the last one. */
    String end() {
      StringBuilder out = new StringBuilder();
      begin(out);
      print(parts.subList(at + 1, parts.size()), null, out);
      return out.toString();
    }

    private void begin(StringBuilder out) {
      if (!begun) {
        begun = true;
        print(parts.subList(0, at), null, out);
      }
    }
  }

  private static void print(List<Part> parts, @Nullable Object tree, StringBuilder out) {
    for (Part part : parts) {
      switch (part) {
        case Part.Text(String text) -> out.append(text);
        case Part.Expression(List<Step> steps) ->
            out.append(String.join(" ", select(tree, steps).stream().map(JsonPath::text).toList()));
        case Part.Range(List<Step> steps, List<Part> body) ->
            select(tree, steps).forEach(value -> print(body, value, out));
      }
    }
  }

  private static String text(@Nullable Object value) {
    return value instanceof String s ? s : Json.print(value);
  }

  private static List<@Nullable Object> select(@Nullable Object tree, List<Step> steps) {
    List<@Nullable Object> values = new ArrayList<>();
    values.add(tree);
    for (Step step : steps) {
      List<@Nullable Object> next = new ArrayList<>();
      values.forEach(v -> follow(v, step, next));
      values = next;
    }
    return values;
  }

  private static void follow(@Nullable Object value, Step step, List<@Nullable Object> out) {
    switch (step) {
      case Step.Field(String name) -> {
        if (value instanceof Map<?, ?> map && map.containsKey(name)) {
          out.add(map.get(name));
        }
      }
      case Step.Fields(List<String> names) ->
          names.forEach(name -> follow(value, new Step.Field(name), out));
      case Step.All() -> out.addAll(below(value));
      case Step.Descend() -> {
        out.add(value);
        below(value).forEach(v -> follow(v, step, out));
      }
      case Step.Index(int index) -> {
        List<?> list = value instanceof List<?> l ? l : List.of();
        int at = index < 0 ? list.size() + index : index;
        if (at >= 0 && at < list.size()) {
          out.add(list.get(at));
        }
      }
      case Step.Slice slice -> {
        List<?> list = value instanceof List<?> l ? l : List.of();
        int to = bound(slice.to(), list.size(), list.size());
        for (int i = bound(slice.from(), 0, list.size()); i < to; i += slice.stride()) {
          out.add(list.get(i));
        }
      }
      case Step.Filter filter ->
          below(value).stream().filter(v -> matches(v, filter)).forEach(out::add);
    }
  }

  private static int bound(@Nullable Integer given, int absent, int size) {
    int at = given == null ? absent : given < 0 ? size + given : given;
    return Math.clamp(at, 0, size);
  }

  private static List<@Nullable Object> below(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> new ArrayList<>(map.values());
      case List<?> list -> new ArrayList<>(list);
      case null, default -> List.of();
    };
  }

  private static boolean matches(@Nullable Object value, Step.Filter filter) {
    List<@Nullable Object> left = select(value, filter.left());
    return filter.operator().isEmpty()
        ? !left.isEmpty()
        : left.stream().anyMatch(l -> compare(l, filter.operator(), filter.right()));
  }

  private static boolean compare(@Nullable Object left, String operator, @Nullable Object right) {
    int order;
    if (left instanceof Number l && right instanceof Number r) {
      order = Double.compare(l.doubleValue(), r.doubleValue());
    } else if (left instanceof String l && right instanceof String r) {
      order = l.compareTo(r);
    } else if (operator.equals("==") || operator.equals("!=")) {
      order = Objects.equals(left, right) ? 0 : 1;
    } else {
      return false;
    }
    return switch (operator) {
      case "==" -> order == 0;
      case "!=" -> order != 0;
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw new IllegalArgumentException("not an operator: " + operator);
    };
  }
}
