package calico.model.crd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a Kubernetes API server does with a schema, as far as the schemas here go. */
final class SchemaCheck {
  private static final String INT_OR_STRING = "x-kubernetes-int-or-string";
  private static final String KEEP_UNKNOWN = "x-kubernetes-preserve-unknown-fields";

  private SchemaCheck() {}

  /** Adds the path of each value that does not fit. */
  static void check(Map<?, ?> schema, @Nullable Object tree, String path, List<String> problems) {
    if (!fits(schema, tree)) {
      problems.add(path);
    } else if (tree instanceof Map<?, ?> map) {
      if (schema.get("required") instanceof List<?> required) {
        required.stream()
            .filter(name -> !map.containsKey(name))
            .forEach(name -> problems.add(path + "." + name));
      }
      Map<?, ?> properties = schema.get("properties") instanceof Map<?, ?> given ? given : Map.of();
      map.forEach(
          (name, value) -> {
            Object below = properties.get(name);
            Object field = below == null ? schema.get("additionalProperties") : below;
            if (field instanceof Map<?, ?> fieldSchema) {
              check(fieldSchema, value, path + "." + name, problems);
            }
          });
    } else if (tree instanceof List<?> list && schema.get("items") instanceof Map<?, ?> items) {
      list.forEach(item -> check(items, item, path + "[]", problems));
    }
  }

  private static boolean fits(Map<?, ?> schema, @Nullable Object tree) {
    boolean type =
        switch (String.valueOf(schema.get("type"))) {
          case "object" -> tree instanceof Map;
          case "array" -> tree instanceof List;
          case "string" -> tree instanceof String;
          case "boolean" -> tree instanceof Boolean;
          case "integer" -> tree instanceof Long;
          case "number" -> tree instanceof Number;
          default ->
              schema.containsKey(INT_OR_STRING)
                  ? tree instanceof Long || tree instanceof String
                  : schema.containsKey(KEEP_UNKNOWN);
        };
    return (type || (tree == null && Boolean.TRUE.equals(schema.get("nullable"))))
        && !(schema.get("enum") instanceof List<?> words && !words.contains(tree))
        && !(tree instanceof String s
            && schema.get("pattern") instanceof String regex
            && !Pattern.compile(regex).matcher(s).find())
        && !(tree instanceof Long n
            && ((schema.get("minimum") instanceof Long min && n < min)
                || (schema.get("maximum") instanceof Long max && n > max)));
  }

  /** Asserts that every part has a type or one of the two extensions that stand for one. */
  static void structural(Map<?, ?> schema, String at) {
    assertTrue(
        schema.containsKey("type")
            || schema.containsKey(INT_OR_STRING)
            || schema.containsKey(KEEP_UNKNOWN),
        at);
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      properties.forEach((name, field) -> structural((Map<?, ?>) field, at + "." + name));
      if (schema.get("required") instanceof List<?> required) {
        assertTrue(properties.keySet().containsAll(required), at);
      }
    }
    for (String below : List.of("items", "additionalProperties")) {
      if (schema.get(below) instanceof Map<?, ?> item) {
        structural(item, at + "[]");
      }
    }
    if (schema.get("pattern") instanceof String pattern) {
      assertTrue(!pattern.contains("(?!") && !pattern.contains("(?="), at + " " + pattern);
    }
  }
}
