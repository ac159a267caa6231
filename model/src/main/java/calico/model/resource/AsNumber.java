package calico.model.resource;

/**
 * A BGP autonomous system number (RFC 6793). In JSON an integer, or a string of an integer or
 * {@code "high.low"}.
 *
 * @param value 0 to 2^32-1
 */
public record AsNumber(long value) {
  @Override
  public String toString() {
    return Long.toString(value);
  }
}
