package calico.model.config;

import java.util.Map;

/**
 * How the values of a parameter are written: as text in the environment and the configuration file,
 * as a JSON tree in the field of a FelixConfiguration. Either is accepted in both places.
 */
public interface ParameterType<T> {
  /**
   * @param tree text, or the JSON tree of a field
   * @throws IllegalArgumentException with what is expected
   */
  T parse(Object tree);

  /** What {@code none} means as text: the empty, zero or false value. */
  T none();

  /** What a value looks like, for messages and the reference: "a duration such as 90s". */
  String expected();

  /** OpenAPI schema of the field of a FelixConfiguration, a JSON tree. */
  Map<String, Object> schema();
}
