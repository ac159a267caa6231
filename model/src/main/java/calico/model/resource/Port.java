package calico.model.resource;

import org.jspecify.annotations.Nullable;

/**
 * Ports as a rule names them: one port, a range, or the name of an endpoint's port. In JSON an
 * integer, {@code "a:b"}, or a string.
 *
 * @param name null for numeric ports
 * @param min first port, 0 to 65535; 0 for named ports
 * @param max last port
 */
public record Port(@Nullable String name, int min, int max) {
  public static Port of(int port) {
    return new Port(null, port, port);
  }

  public static Port range(int min, int max) {
    return new Port(null, min, max);
  }

  public static Port named(String name) {
    return new Port(name, 0, 0);
  }

  @Override
  public String toString() {
    return name != null ? name : min == max ? Integer.toString(min) : min + ":" + max;
  }
}
