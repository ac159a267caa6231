package calico.model.json;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** JSON text (RFC 8259) to and from trees; see the package for their shape. */
public final class Json {
  private Json() {}

  /**
   * Parses one JSON value. Of members with the same name the last counts, as in Go.
   *
   * @throws JsonException if it is not one JSON value
   */
  public static @Nullable Object parse(String text) {
    return JsonParser.parse(text);
  }

  /** As {@link #parse(String)}, of UTF-8. */
  public static @Nullable Object parse(byte[] utf8) {
    return parse(new String(utf8, StandardCharsets.UTF_8));
  }

  /** Without blanks, as upstream stores it. Members stand in the order of their map. */
  public static String print(@Nullable Object tree) {
    return new JsonPrinter(0, true).print(tree);
  }

  /** Indented by two blanks per level, without a final line feed. */
  public static String printPretty(@Nullable Object tree) {
    return new JsonPrinter(2, true).print(tree);
  }
}
