package calico.model.config;

/**
 * One setting of Felix.
 *
 * @param name as in the configuration file, and after {@code FELIX_} in the environment
 * @param fieldName in a FelixConfiguration; "" if it can only be set locally
 * @param unit of the text form where that is a bare number; "" if none
 * @param live whether a change takes effect without a restart
 * @param <T> type of its values
 */
public record Parameter<T>(
    String name,
    String fieldName,
    ParameterType<T> type,
    T defaultValue,
    String unit,
    String doc,
    boolean live) {
  @Override
  public String toString() {
    return name;
  }
}
