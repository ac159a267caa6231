package calico.model.config;

import java.util.List;
import java.util.Map;

/**
 * The value of every parameter, immutable.
 *
 * @param problems values that could not be used; the parameter then has its next lower source's
 */
public record FelixConfig(Map<String, Object> values, List<ConfigProblem> problems) {
  public FelixConfig {
    values = Map.copyOf(values);
    problems = List.copyOf(problems);
  }

  /**
   * @param sources in rising precedence
   */
  public static FelixConfig resolve(List<Source> sources) {
    return ConfigResolution.resolve(sources);
  }

  /** The value of a parameter. */
  @SuppressWarnings("unchecked") // values are only put under the parameter that parsed them
  public <T> T get(Parameter<T> parameter) {
    Object value = values.get(parameter.name());
    return value == null ? parameter.defaultValue() : (T) value;
  }

  /** A parameter's name for users, which says if nobody has set it. */
  public String name(Parameter<?> parameter) {
    return parameter.fieldName() + (values.containsKey(parameter.name()) ? "" : " (default)");
  }
}
