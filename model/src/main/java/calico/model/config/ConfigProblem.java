package calico.model.config;

/**
 * A setting that cannot be used.
 *
 * @param source name of the source
 * @param value as written there
 * @param reason what is expected
 */
public record ConfigProblem(String source, Parameter<?> parameter, Object value, String reason) {
  @Override
  public String toString() {
    return source + ": " + parameter.name() + " = '" + value + "': " + reason;
  }
}
