package calico.model.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/** JSON text (RFC 8259) to and from trees; see the package for their shape. */
public final class Json {
  private static final JsonFactory FACTORY = new JsonFactory();

  private Json() {}

  /**
   * Parses one JSON value. Of members with the same name the last counts, as in Go.
   *
   * @throws JsonException if it is not one JSON value
   */
  public static @Nullable Object parse(String text) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      parser.nextToken();
      Object value = value(parser);
      if (parser.nextToken() != null) {
        throw at(parser.currentTokenLocation(), "nothing may follow the JSON value");
      }
      return value;
    } catch (JacksonException e) {
      throw at(e.getLocation(), String.valueOf(e.getOriginalMessage()));
    }
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

  private static @Nullable Object value(JsonParser parser) {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw at(parser.currentLocation(), "a JSON value is missing");
    }
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> parser.getString();
      case VALUE_NUMBER_INT -> {
        Number n = parser.getNumberValue();
        yield n instanceof Integer i ? (Object) i.longValue() : n;
      }
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      case END_OBJECT, END_ARRAY, PROPERTY_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw at(parser.currentTokenLocation(), "a JSON value is missing");
    };
  }

  private static Map<String, @Nullable Object> object(JsonParser parser) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      out.put(name, value(parser));
    }
    return out;
  }

  private static List<@Nullable Object> array(JsonParser parser) {
    List<@Nullable Object> out = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      out.add(value(parser));
    }
    return out;
  }

  private static JsonException at(@Nullable TokenStreamLocation where, String reason) {
    return where == null
        ? new JsonException(1, 1, reason)
        : new JsonException(
            Math.max(1, where.getLineNr()), Math.max(1, where.getColumnNr()), reason);
  }
}
