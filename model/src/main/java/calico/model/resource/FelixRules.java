package calico.model.resource;

import calico.model.config.FelixParameters;
import calico.model.config.Parameter;
import calico.model.config.UnusedParameters;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a FelixConfiguration are Felix's parameters. */
final class FelixRules {
  private FelixRules() {}

  static void check(FelixConfigurationSpec spec, Problems problems) {
    Map<String, @Nullable Object> left = new LinkedHashMap<>(spec.fields());
    for (Parameter<?> parameter : FelixParameters.all()) {
      Object tree = parameter.fieldName().isEmpty() ? null : left.remove(parameter.fieldName());
      value(parameter, tree, problems);
    }
    if (left.remove(FelixConfigurationSpec.NODE_SELECTOR) instanceof String selector
        && !selector.isEmpty()) {
      String reason = FieldRule.selector(selector, false);
      problems.require(
          reason == null, FelixConfigurationSpec.NODE_SELECTOR, selector, String.valueOf(reason));
    }
    left.forEach(
        (name, tree) -> {
          Parameter<?> unused = UnusedParameters.ofField(name);
          if (unused == null) {
            problems.warning(name, tree, Validator.UNKNOWN_FIELD);
          } else if (!Defaults.isFilled(spec.fields(), name, tree)) {
            value(unused, tree, problems);
            problems.warning(name, tree, Validator.UNUSED_FIELD);
          }
        });
    DeclaredRules.check(FelixConfigurationSpec.class, spec.fields(), problems);
  }

  /** Texts that the environment may hold are not all values of the field. */
  private static boolean isOfField(Parameter<?> parameter, Object tree) {
    Map<String, Object> schema = parameter.type().schema();
    boolean listed = !(schema.get("enum") instanceof List<?> words) || words.contains(tree);
    return listed
        && switch (String.valueOf(schema.get("type"))) {
          case "boolean" -> tree instanceof Boolean;
          case "integer" -> tree instanceof Number;
          case "string" -> tree instanceof String && isDuration(parameter, tree);
          default -> true;
        };
  }

  /** A bare number has no unit there. */
  private static boolean isDuration(Parameter<?> parameter, Object tree) {
    return !(parameter.defaultValue() instanceof Duration)
        || tree.equals("0")
        || !tree.toString().matches("[0-9.]*");
  }

  private static void value(Parameter<?> parameter, @Nullable Object tree, Problems problems) {
    boolean duration = parameter.defaultValue() instanceof Duration;
    if (tree == null || (tree.equals("") && !duration)) {
      return;
    }
    try {
      Object _ = parameter.type().parse(tree);
      problems.require(
          isOfField(parameter, tree),
          parameter.fieldName(),
          tree,
          "expected " + parameter.type().expected());
    } catch (IllegalArgumentException e) {
      problems.error(parameter.fieldName(), tree, String.valueOf(e.getMessage()));
    }
  }
}
