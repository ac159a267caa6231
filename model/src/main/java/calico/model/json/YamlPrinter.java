package calico.model.json;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes a tree in block style, keys sorted, lists not indented below their key. */
final class YamlPrinter {
  private static final String INDICATORS = "-?:,[]{}#&*!|>'\"%@`";

  private final StringBuilder out = new StringBuilder(256);

  String print(@Nullable Object tree) {
    switch (tree) {
      case Map<?, ?> map when !map.isEmpty() -> block(map, 0, false);
      case List<?> list when !list.isEmpty() -> block(list, 0, false);
      case null, default -> out.append(scalar(tree)).append('\n');
    }
    return out.toString();
  }

  private void block(Map<?, ?> map, int indent, boolean continuesLine) {
    Map<String, @Nullable Object> sorted = new TreeMap<>();
    map.forEach((k, v) -> sorted.put(String.valueOf(k), v));
    boolean first = continuesLine;
    for (Map.Entry<String, @Nullable Object> e : sorted.entrySet()) {
      out.repeat(' ', first ? 0 : indent).append(text(e.getKey())).append(':');
      first = false;
      switch (e.getValue()) {
        case Map<?, ?> inner when !inner.isEmpty() -> {
          out.append('\n');
          block(inner, indent + 2, false);
        }
        case List<?> inner when !inner.isEmpty() -> {
          out.append('\n');
          block(inner, indent, false);
        }
        case String s when isLiteral(s) -> literal(s, indent + 2);
        case null, default -> out.append(' ').append(scalar(e.getValue())).append('\n');
      }
    }
  }

  private void block(List<?> list, int indent, boolean continuesLine) {
    boolean first = continuesLine;
    for (Object item : list) {
      out.repeat(' ', first ? 0 : indent).append("- ");
      first = false;
      switch (item) {
        case Map<?, ?> inner when !inner.isEmpty() -> block(inner, indent + 2, true);
        case List<?> inner when !inner.isEmpty() -> block(inner, indent + 2, true);
        case String s when isLiteral(s) -> {
          out.setLength(out.length() - 1);
          literal(s, indent + 2);
        }
        case null, default -> out.append(scalar(item)).append('\n');
      }
    }
  }

  /** Text of several lines that a literal block can hold as it is. */
  private static boolean isLiteral(String s) {
    return s.indexOf('\n') >= 0
        && !s.startsWith(" ")
        && !s.startsWith("\n")
        && s.chars().allMatch(c -> c == '\n' || isPrintable(c))
        && s.lines().noneMatch(line -> line.endsWith(" "));
  }

  private void literal(String s, int indent) {
    String body = s.stripTrailing();
    int feeds = s.length() - body.length();
    out.append(feeds == 0 ? " |-\n" : feeds == 1 ? " |\n" : " |+\n");
    for (String line : s.substring(0, body.length() + Math.max(0, feeds - 1)).split("\n", -1)) {
      out.repeat(' ', line.isEmpty() ? 0 : indent).append(line).append('\n');
    }
  }

  private static String scalar(@Nullable Object value) {
    return value instanceof String s ? text(s) : Json.print(value);
  }

  /** Plain if that reads back as the same string, else in quotes. */
  private static String text(String s) {
    if (!YamlScalar.isPlainString(s)) {
      return quoted(s);
    }
    boolean plain =
        !s.startsWith(" ")
            && !s.endsWith(" ")
            && !s.endsWith(":")
            && !s.contains(": ")
            && !s.contains(" #")
            && !s.equals("---")
            && !s.equals("...")
            && (INDICATORS.indexOf(s.charAt(0)) < 0 || startsPlain(s));
    if (plain && s.chars().allMatch(YamlPrinter::isPrintable)) {
      return s;
    }
    return s.chars().allMatch(YamlPrinter::isPrintable)
        ? "'" + s.replace("'", "''") + "'"
        : quoted(s);
  }

  /** As JSON, and with escapes for what YAML does not allow or takes for the end of a line. */
  private static String quoted(String s) {
    String json = new JsonPrinter(0, false).print(s);
    StringBuilder out = new StringBuilder(json.length());
    json.chars()
        .forEach(
            c -> {
              if (isPrintable(c)) {
                out.append((char) c);
              } else {
                out.append("\\u%04x".formatted(c));
              }
            });
    return out.toString();
  }

  /** The indicators that may start plain text if no blank follows. */
  private static boolean startsPlain(String s) {
    return "-?:".indexOf(s.charAt(0)) >= 0
        && s.length() > 1
        && s.charAt(1) != ' '
        && !s.startsWith("--");
  }

  private static boolean isPrintable(int c) {
    return (c >= 0x20 && c < 0x7f)
        || (c >= 0xa0 && c < 0xfffe && c != 0xfeff && (c < 0x2028 || c > 0x2029));
  }
}
