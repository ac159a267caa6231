package calico.model.resource;

import calico.model.config.FelixParameters;
import calico.model.config.Parameter;
import calico.model.config.UnusedFields;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a FelixConfiguration are Felix's parameters. */
final class FelixRules {
  private FelixRules() {}

  static void check(FelixConfigurationSpec spec, Problems problems) {
    Map<String, @Nullable Object> left = new LinkedHashMap<>(spec.fields());
    for (Parameter<?> parameter : FelixParameters.all()) {
      Object tree = parameter.fieldName().isEmpty() ? null : left.remove(parameter.fieldName());
      if (tree == null || tree.equals("")) {
        continue;
      }
      try {
        Object _ = parameter.type().parse(tree);
      } catch (IllegalArgumentException e) {
        problems.error(parameter.fieldName(), tree, String.valueOf(e.getMessage()));
      }
    }
    left.forEach(
        (name, value) -> {
          if (!UnusedFields.contains(name)) {
            problems.warning(name, value, Validator.UNKNOWN_FIELD);
          } else if (!Defaults.isFilled(name, value)) {
            problems.warning(name, value, Validator.UNUSED_FIELD);
          }
        });
  }
}
