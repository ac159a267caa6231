package calico.model.cel;

import calico.model.InterfaceAddress;
import calico.model.Ip;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions of expressions: some of CEL's own, and Kubernetes' for addresses. */
final class CelFunctions {
  private CelFunctions() {}

  /**
   * Calls a function.
   *
   * @throws IllegalArgumentException if there is none of this name for these arguments
   */
  static Object call(String name, List<?> arguments) {
    Object first = arguments.getFirst();
    Object second = arguments.size() > 1 ? arguments.get(1) : null;
    return switch (name) {
      case "size" -> size(first);
      case "contains" -> text(first).contains(text(second));
      case "startsWith" -> text(first).startsWith(text(second));
      case "isIP" -> Ip.tryParse(text(first)) != null;
      case "ip" -> first instanceof InterfaceAddress a ? a.ip() : Ip.parse(text(first));
      case "family" -> (long) ip(first).family().version();
      case "cidr" -> prefix(text(first));
      case "masked" -> prefix(cidr(first).network().toString());
      case "prefixLength" -> (long) cidr(first).network().length();
      case "containsIP" -> cidr(first).network().contains(ip(second));
      default -> throw new IllegalArgumentException("no function " + name);
    };
  }

  static List<?> list(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new IllegalArgumentException("not a list: " + value);
  }

  private static long size(@Nullable Object value) {
    return switch (value) {
      case String s -> s.codePointCount(0, s.length());
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case null, default -> throw new IllegalArgumentException("has no size: " + value);
    };
  }

  private static String text(@Nullable Object value) {
    if (value instanceof String s) {
      return s;
    }
    throw new IllegalArgumentException("not text: " + value);
  }

  private static Ip ip(@Nullable Object value) {
    return value instanceof Ip ip ? ip : Ip.parse(text(value));
  }

  /** With its host bits, which {@code masked()} clears. */
  private static InterfaceAddress prefix(String text) {
    InterfaceAddress prefix = text.indexOf('/') < 0 ? null : InterfaceAddress.tryParse(text);
    if (prefix == null) {
      throw new IllegalArgumentException("not a prefix: " + text);
    }
    return prefix;
  }

  private static InterfaceAddress cidr(@Nullable Object value) {
    if (value instanceof InterfaceAddress address) {
      return address;
    }
    throw new IllegalArgumentException("not a prefix: " + value);
  }
}
