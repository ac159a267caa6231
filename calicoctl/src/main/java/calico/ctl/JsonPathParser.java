package calico.ctl;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the text of a {@link JsonPath}, from left to right. */
final class JsonPathParser {
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?");
  private static final Pattern WORD =
      Pattern.compile("(?:\\\\.|[^\\s\\[\\](){}.,:'\"=!<>?@$*\\\\])+");
  private static final Pattern OPERATOR = Pattern.compile("==|!=|<=|>=|<|>");
  private static final Pattern SLICE =
      Pattern.compile("(-?[0-9]{1,9})?:(-?[0-9]{1,9})?(?::([0-9]{1,9}))?");

  private final String text;
  private int at;

  JsonPathParser(String text) {
    this.text = text;
  }

  CommandException bad(String reason) {
    return new CommandException(
        "jsonpath '%s': at character %d: %s".formatted(text, at + 1, reason));
  }

  boolean more() {
    return at < text.length();
  }

  /** Up to the next brace. */
  String text() {
    int brace = text.indexOf('{', at);
    int from = at;
    at = brace < 0 ? text.length() : brace;
    return text.substring(from, at);
  }

  void blanks() {
    while (more() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private boolean take(String token) {
    if (text.startsWith(token, at)) {
      at += token.length();
      return true;
    }
    return false;
  }

  private @Nullable Matcher take(Pattern pattern) {
    Matcher m = pattern.matcher(text).region(at, text.length());
    if (!m.lookingAt()) {
      return null;
    }
    at = m.end();
    return m;
  }

  void expect(char c) {
    if (!take(String.valueOf(c))) {
      throw bad("'" + c + "' is expected");
    }
  }

  boolean keyword(String word) {
    int end = at + word.length();
    boolean ends = end < text.length() && (text.charAt(end) == '}' || text.charAt(end) == ' ');
    return text.startsWith(word, at) && ends && take(word);
  }

  void close() {
    blanks();
    expect('}');
  }

  /** Whether the expression ends here, which takes its brace. */
  boolean closed() {
    blanks();
    if (!more()) {
      throw bad("'}' is expected");
    }
    return take("}");
  }

  /** A text in quotes, or null if there is none. */
  @Nullable String quoted() {
    if (!more() || (text.charAt(at) != '"' && text.charAt(at) != '\'')) {
      return null;
    }
    char quote = text.charAt(at++);
    StringBuilder out = new StringBuilder();
    while (more() && text.charAt(at) != quote) {
      char c = text.charAt(at++);
      if (c == '\\' && more()) {
        char escaped = text.charAt(at++);
        out.append(
            switch (escaped) {
              case 'n' -> '\n';
              case 't' -> '\t';
              case 'r' -> '\r';
              default -> escaped;
            });
      } else {
        out.append(c);
      }
    }
    expect(quote);
    return out.toString();
  }

  /** A path that begins with $, @, a dot or a bracket. */
  List<JsonPath.Step> path() {
    blanks();
    int from = at;
    if (!take("$")) {
      take("@");
    }
    List<JsonPath.Step> steps = new ArrayList<>();
    while (true) {
      if (take("..")) {
        steps.add(new JsonPath.Step.Descend());
        if (more() && text.charAt(at) != '[') {
          steps.add(name());
        }
      } else if (take(".")) {
        if (more() && "[} )".indexOf(text.charAt(at)) < 0) {
          steps.add(name());
        }
      } else if (take("[")) {
        steps.add(bracket());
      } else if (at == from) {
        throw bad("a path is expected, such as {.metadata.name}");
      } else {
        return steps;
      }
    }
  }

  private JsonPath.Step name() {
    if (take("*")) {
      return new JsonPath.Step.All();
    }
    Matcher word = take(WORD);
    if (word == null) {
      throw bad("a field's name is expected");
    }
    return new JsonPath.Step.Field(word.group().replaceAll("\\\\(.)", "$1"));
  }

  private JsonPath.Step bracket() {
    blanks();
    JsonPath.Step step;
    Matcher slice;
    Matcher number;
    if (take("*")) {
      step = new JsonPath.Step.All();
    } else if (take("?(")) {
      step = filter();
    } else if ((slice = take(SLICE)) != null) {
      int stride = slice.group(3) == null ? 1 : Integer.parseInt(slice.group(3));
      if (stride == 0) {
        throw bad("the step of a slice must not be 0");
      }
      step = new JsonPath.Step.Slice(integer(slice.group(1)), integer(slice.group(2)), stride);
    } else if ((number = take(NUMBER)) != null) {
      step = new JsonPath.Step.Index(index(number.group()));
    } else {
      step = names();
    }
    blanks();
    expect(']');
    return step;
  }

  private JsonPath.Step names() {
    List<String> names = new ArrayList<>();
    do {
      blanks();
      String name = quoted();
      if (name == null) {
        throw bad("a number, '*', a filter or a quoted name is expected in brackets");
      }
      names.add(name);
      blanks();
    } while (take(","));
    return new JsonPath.Step.Fields(names);
  }

  private JsonPath.Step filter() {
    List<JsonPath.Step> left = path();
    blanks();
    Matcher operator = take(OPERATOR);
    Object right = null;
    if (operator != null) {
      blanks();
      right = literal();
    }
    blanks();
    expect(')');
    return new JsonPath.Step.Filter(left, operator == null ? "" : operator.group(), right);
  }

  private Object literal() {
    String quoted = quoted();
    if (quoted != null) {
      return quoted;
    }
    if (take("true")) {
      return true;
    }
    if (take("false")) {
      return false;
    }
    Matcher number = take(NUMBER);
    if (number == null) {
      throw bad("a quoted text, a number, true or false is expected");
    }
    return Double.valueOf(number.group());
  }

  private static @Nullable Integer integer(@Nullable String digits) {
    return digits == null ? null : Integer.valueOf(digits);
  }

  private int index(String digits) {
    try {
      return Integer.parseInt(digits);
    } catch (NumberFormatException e) {
      throw bad("'" + digits + "' is no index");
    }
  }
}
