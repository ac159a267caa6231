package calico.model.resource;

import org.jspecify.annotations.Nullable;

/**
 * Something wrong with a resource.
 *
 * @param fieldPath such as {@code spec.ingress[0].source.selector}
 * @param value what stands there, null if nothing does
 * @param reason what is wrong and what would be right
 */
public record Problem(Severity severity, String fieldPath, @Nullable Object value, String reason) {

  public static Problem error(String fieldPath, @Nullable Object value, String reason) {
    return new Problem(Severity.ERROR, fieldPath, value, reason);
  }

  public static Problem warning(String fieldPath, @Nullable Object value, String reason) {
    return new Problem(Severity.WARNING, fieldPath, value, reason);
  }

  @Override
  public String toString() {
    return fieldPath + (value == null ? "" : " = '" + value + "'") + ": " + reason;
  }
}
