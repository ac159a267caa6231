package calico.model.json;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON value (RFC 8259) into a tree. Libraries' parsers load {@link
 * java.math.BigDecimal}, whose tables of powers take a command that runs once longer to compute
 * than all of its own work.
 */
final class JsonParser {
  /** Deeper text is refused before it overflows the stack. */
  private static final int MAX_DEPTH = 500;

  /** Longer numbers are refused: reading them takes the square of their length. */
  private static final int MAX_NUMBER_CHARS = 1000;

  /** Any number of that many characters is a long. */
  private static final int LONG_CHARS = 18;

  private static final int OFTEN_BITS = 11;
  private static final int MAX_OFTEN_CHARS = 64;

  /** Strings read lately, by hash. Threads may overwrite each other's: strings are immutable. */
  private static final @Nullable String[] OFTEN = new String[1 << OFTEN_BITS];

  private final String text;

  /** The text with NUL after it, which no JSON has outside of strings. */
  private final char[] chars;

  private int at;
  private int depth;

  private JsonParser(String text) {
    this.text = text;
    chars = new char[text.length() + 1];
    text.getChars(0, text.length(), chars, 0);
  }

  /**
   * The tree.
   *
   * @throws JsonException if the text is not one value
   */
  static @Nullable Object parse(String text) {
    JsonParser parser = new JsonParser(text);
    Object value = parser.value();
    parser.blanks();
    if (parser.at < text.length()) {
      throw parser.wrong("nothing may follow the JSON value");
    }
    return value;
  }

  private @Nullable Object value() {
    blanks();
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> literal("true", true);
      case 'f' -> literal("false", false);
      case 'n' -> literal("null", null);
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
      default -> throw wrong("a JSON value is missing");
    };
  }

  private Map<String, @Nullable Object> object() {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    for (boolean more = opens('}'); more; more = continues('}')) {
      blanks();
      if (peek() != '"') {
        throw wrong("the name of a member, in quotes, is missing");
      }
      String name = string();
      blanks();
      if (peek() != ':') {
        throw wrong("':' is missing after a member's name");
      }
      at++;
      members.put(name, value());
    }
    return members;
  }

  private List<@Nullable Object> array() {
    List<@Nullable Object> items = new ArrayList<>();
    for (boolean more = opens(']'); more; more = continues(']')) {
      items.add(value());
    }
    return items;
  }

  /** Takes an opening bracket; whether anything stands before the closing one. */
  private boolean opens(char closing) {
    at++;
    if (++depth > MAX_DEPTH) {
      throw wrong("objects and arrays are nested more than " + MAX_DEPTH + " deep");
    }
    blanks();
    return peek() != closing || closes();
  }

  /** Takes what follows an item: a comma, or the closing bracket. */
  private boolean continues(char closing) {
    blanks();
    if (peek() == ',') {
      at++;
      return true;
    }
    if (peek() == closing) {
      return closes();
    }
    throw wrong("',' or '" + closing + "' is missing");
  }

  private boolean closes() {
    at++;
    depth--;
    return false;
  }

  private String string() {
    int start = at + 1;
    int end = start;
    int hash = 0;
    for (char c = chars[end]; plain(c); c = chars[++end]) {
      hash = 31 * hash + c;
    }
    at = end;
    if (peek() == '"') {
      at++;
      return once(start, end, hash);
    }
    StringBuilder out = new StringBuilder().append(text, start, at);
    while (peek() != '"') {
      char c = peek();
      if (c == '\\') {
        at++;
        out.append(escaped());
      } else if (plain(c)) {
        out.append(c);
        at++;
      } else {
        throw wrong(
            at == text.length()
                ? "a string does not end"
                : "a control character stands in a string; write it as \\u00XX");
      }
    }
    at++;
    return out.toString();
  }

  /**
   * A piece of the text, the same string as the last time if it came not long ago: names of members
   * and labels, namespaces, kinds and actions would be most of what a large cluster's objects hold.
   */
  private String once(int from, int to, int hash) {
    if (to - from > MAX_OFTEN_CHARS) {
      return text.substring(from, to);
    }
    int slot = (hash * 0x9E3779B9) >>> -OFTEN_BITS;
    String seen = OFTEN[slot];
    if (seen == null || seen.length() != to - from || !text.startsWith(seen, from)) {
      seen = text.substring(from, to);
      OFTEN[slot] = seen;
    }
    return seen;
  }

  private static boolean plain(char c) {
    return c >= ' ' && c != '"' && c != '\\';
  }

  private char escaped() {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++, at++) {
          int digit = peek() < 128 ? Character.digit(peek(), 16) : -1;
          if (digit < 0) {
            throw wrong("four hexadecimal digits are expected after \\u");
          }
          code = code << 4 | digit;
        }
        yield (char) code;
      }
      default -> {
        at--;
        throw wrong("an unknown character follows \\");
      }
    };
  }

  private @Nullable Object literal(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) {
      throw wrong("a JSON value is missing");
    }
    at += word.length();
    return value;
  }

  private Number number() {
    int start = at;
    at += peek() == '-' ? 1 : 0;
    if (peek() == '0') {
      at++;
    } else {
      digits();
    }
    boolean integral = true;
    if (peek() == '.') {
      at++;
      digits();
      integral = false;
    }
    if (peek() == 'e' || peek() == 'E') {
      at++;
      at += peek() == '+' || peek() == '-' ? 1 : 0;
      digits();
      integral = false;
    }
    String number = text.substring(start, at);
    if (number.length() > MAX_NUMBER_CHARS) {
      throw wrong("a number has more than " + MAX_NUMBER_CHARS + " characters");
    }
    return integral ? integer(number) : (Number) Double.valueOf(number);
  }

  private void digits() {
    int start = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    if (at == start) {
      throw wrong("a digit is missing in a number");
    }
  }

  private static Number integer(String digits) {
    if (digits.length() <= LONG_CHARS) {
      return Long.valueOf(digits);
    }
    BigInteger exact = new BigInteger(digits);
    return exact.bitLength() < Long.SIZE ? (Number) exact.longValue() : exact;
  }

  private void blanks() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') {
      at++;
    }
  }

  /** The next character. */
  private char peek() {
    return chars[at];
  }

  private JsonException wrong(String reason) {
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < at; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    return new JsonException(line, at - lineStart + 1, reason);
  }
}
