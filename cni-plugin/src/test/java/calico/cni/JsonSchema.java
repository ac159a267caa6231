package calico.cni;

import calico.model.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * As much of JSON Schema as {@code result-schema.json} uses (https://json-schema.org, 2020-12);
 * patterns are for the whole text. A keyword that is not known is an error, so that none is
 * overlooked.
 */
final class JsonSchema {
  private static final Set<String> KEYWORDS =
      Set.of(
          "type",
          "required",
          "additionalProperties",
          "properties",
          "items",
          "minItems",
          "minimum",
          "pattern");

  private final Map<?, ?> definitions;

  private JsonSchema(Map<?, ?> definitions) {
    this.definitions = definitions;
  }

  static JsonSchema load(String resource) {
    try (InputStream in = JsonSchema.class.getResourceAsStream(resource)) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return new JsonSchema(child(map(Json.parse(text)), "$defs"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What is wrong with a text that should be as a definition says; empty if nothing is. */
  List<String> problems(String definition, String text) {
    List<String> problems = new ArrayList<>();
    check(child(definitions, definition), Json.parse(text), "", problems);
    return problems;
  }

  private void check(Map<?, ?> given, @Nullable Object value, String path, List<String> problems) {
    Map<?, ?> schema = given;
    while (schema.get("$ref") instanceof String reference) {
      schema = child(definitions, reference.substring("#/$defs/".length()));
    }
    if (!KEYWORDS.containsAll(schema.keySet())) {
      throw new IllegalArgumentException("unknown keyword in " + schema.keySet());
    }
    switch (String.valueOf(schema.get("type"))) {
      case "object" -> checkObject(schema, value, path, problems);
      case "array" -> checkArray(schema, value, path, problems);
      case "string" -> {
        String pattern = schema.get("pattern") instanceof String p ? p : ".*";
        if (!(value instanceof String text) || !text.matches(pattern)) {
          problems.add(path + " = " + value + " is not a text " + pattern);
        }
      }
      case "integer" -> {
        long minimum = schema.get("minimum") instanceof Long m ? m : Long.MIN_VALUE;
        if (!(value instanceof Long number) || number < minimum) {
          problems.add(path + " = " + value + " is not a number from " + minimum);
        }
      }
      default -> throw new IllegalArgumentException("unknown type in " + schema);
    }
  }

  private void checkObject(
      Map<?, ?> schema, @Nullable Object value, String path, List<String> problems) {
    if (!(value instanceof Map<?, ?> object)) {
      problems.add(path + " = " + value + " is not an object");
      return;
    }
    Map<?, ?> properties = child(schema, "properties");
    for (Object name : list(schema, "required")) {
      if (!object.containsKey(name)) {
        problems.add(path + " has no " + name);
      }
    }
    object.forEach(
        (name, field) -> {
          if (properties.containsKey(name)) {
            check(child(properties, String.valueOf(name)), field, path + "/" + name, problems);
          } else if (Boolean.FALSE.equals(schema.get("additionalProperties"))) {
            problems.add(path + " must not have " + name);
          }
        });
  }

  private void checkArray(
      Map<?, ?> schema, @Nullable Object value, String path, List<String> problems) {
    if (!(value instanceof List<?> items)) {
      problems.add(path + " = " + value + " is not a list");
      return;
    }
    if (schema.get("minItems") instanceof Long least && items.size() < least) {
      problems.add(path + " has fewer than " + least);
    }
    for (int i = 0; i < items.size(); i++) {
      check(child(schema, "items"), items.get(i), path + "/" + i, problems);
    }
  }

  private static Map<?, ?> child(Map<?, ?> map, String name) {
    return map(map.get(name));
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  private static List<?> list(Map<?, ?> map, String name) {
    return map.get(name) instanceof List<?> list ? list : List.of();
  }
}
