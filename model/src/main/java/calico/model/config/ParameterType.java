package calico.model.config;

/**
 * How the values of a parameter are written. One spelling of a value may be text (environment,
 * file) or a JSON tree (the field of a FelixConfiguration).
 */
public interface ParameterType<T> {
  /**
   * @param tree text, or the JSON tree of a field
   * @throws IllegalArgumentException with what is expected
   */
  T parse(Object tree);

  /** The JSON tree of a value in canonical form. */
  Object print(T value);

  /** What a value looks like, for messages: "a duration such as 90s". */
  String expected();
}
