package calico.model.config;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;

/**
 * One setting of Felix.
 *
 * @param name as in the configuration file, and after {@code FELIX_} in the environment
 * @param fieldName in a FelixConfiguration; "" if it can only be set locally
 * @param unit of the text form where that is a bare number; "" if none
 * @param required whether {@code none} is not a value
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
    boolean required,
    boolean live) {

  static <T> Parameter<T> of(
      String name, String fieldName, ParameterType<T> type, T defaultValue, String doc) {
    return new Parameter<>(name, fieldName, type, defaultValue, "", doc, false, false);
  }

  /** The parameters that classes declare as public constants. */
  static List<Parameter<?>> declaredIn(Class<?>... types) {
    List<Parameter<?>> out = new ArrayList<>();
    for (Class<?> type : types) {
      try {
        for (Field field : type.getFields()) {
          if (field.get(null) instanceof Parameter<?> parameter) {
            out.add(parameter);
          }
        }
      } catch (IllegalAccessException e) {
        throw new AssertionError("the constants of " + type + " are public", e);
      }
    }
    return List.copyOf(out);
  }

  /** This parameter as one that must have a value. */
  Parameter<T> asRequired() {
    return new Parameter<>(name, fieldName, type, defaultValue, unit, doc, true, live);
  }

  @Override
  public String toString() {
    return name;
  }
}
