package calico.model.resource;

import calico.model.json.Json;
import org.jspecify.annotations.Nullable;

/** A JSON tree that is not an object of the expected type. */
public final class DecodeException extends RuntimeException {
  private final String fieldPath;
  private final transient @Nullable Object value;
  private final String reason;

  public DecodeException(String fieldPath, @Nullable Object value, String reason) {
    super((fieldPath.isEmpty() ? "object" : fieldPath) + " = " + brief(value) + ": " + reason);
    this.fieldPath = fieldPath;
    this.value = value;
    this.reason = reason;
  }

  /** The same, of a tree that stands in another at a field or {@code [index]}. */
  DecodeException under(String outer) {
    boolean joined = fieldPath.isEmpty() || fieldPath.startsWith("[");
    return new DecodeException(outer + (joined ? "" : ".") + fieldPath, value, reason);
  }

  /** Such as {@code spec.ingress[0].action}; "" for the object itself. */
  public String fieldPath() {
    return fieldPath;
  }

  /** The JSON tree that stands there. */
  public @Nullable Object value() {
    return value;
  }

  /** What was expected. */
  public String reason() {
    return reason;
  }

  /** As of a resource that cannot be read at all. */
  public Problem problem() {
    return Problem.error(
        fieldPath.isEmpty() ? "object" : fieldPath, value == null ? null : brief(value), reason);
  }

  private static String brief(@Nullable Object value) {
    String text = Json.print(value);
    return text.length() <= 80 ? text : text.substring(0, 77) + "...";
  }
}
