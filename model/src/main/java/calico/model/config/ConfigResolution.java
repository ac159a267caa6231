package calico.model.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds, for each parameter, the value of the highest source that sets it usably. */
final class ConfigResolution {
  private ConfigResolution() {}

  static FelixConfig resolve(List<Source> sources) {
    Map<String, Object> values = new HashMap<>();
    List<ConfigProblem> problems = new ArrayList<>();
    for (Source source : sources) {
      Map<String, Object> given = new HashMap<>();
      source.values().forEach((k, v) -> put(given, source, k, v));
      for (Parameter<?> parameter : FelixParameters.all()) {
        String key = source.byFieldName() ? parameter.fieldName() : lower(parameter.name());
        Object tree = given.get(key);
        if (tree == null || key.isEmpty() || tree.equals("")) {
          continue;
        }
        try {
          values.put(parameter.name(), value(parameter, tree, source.byFieldName()));
        } catch (IllegalArgumentException e) {
          problems.add(
              new ConfigProblem(source.name(), parameter, tree, String.valueOf(e.getMessage())));
        }
      }
    }
    return new FelixConfig(values, problems);
  }

  private static Object value(Parameter<?> parameter, Object tree, boolean isField) {
    if (isField || !tree.toString().strip().equalsIgnoreCase("none")) {
      return parameter.type().parse(tree);
    }
    if (parameter.required()) {
      throw new IllegalArgumentException(
          "the parameter needs a value: expected " + parameter.type().expected());
    }
    return parameter.type().none();
  }

  private static void put(
      Map<String, Object> given, Source source, String key, @Nullable Object value) {
    if (value != null) {
      given.put(source.byFieldName() ? key : lower(key), value);
    }
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
