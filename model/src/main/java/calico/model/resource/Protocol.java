package calico.model.resource;

import org.jspecify.annotations.Nullable;

/**
 * An IP protocol as a rule names it: a name such as TCP, or a number. In JSON a string or an
 * integer.
 *
 * @param name as written, or null if a number was written
 * @param number IANA protocol number, 1 to 255
 */
public record Protocol(@Nullable String name, int number) {
  public static final Protocol TCP = new Protocol("TCP", 6);
  public static final Protocol UDP = new Protocol("UDP", 17);

  @Override
  public String toString() {
    return name != null ? name : Integer.toString(number);
  }
}
