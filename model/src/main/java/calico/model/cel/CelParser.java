package calico.model.cel;

import java.util.ArrayList;
import java.util.List;

/** Reads an expression by recursive descent; precedence is CEL's: ?: || && comparison ! . */
final class CelParser {
  private static final List<String> OPERATORS = List.of("==", "!=", "<=", ">=", "<", ">");

  private final String text;
  private int at;

  CelParser(String text) {
    this.text = text;
  }

  Cel parse() {
    blanks();
    Cel cel = expression();
    if (at < text.length()) {
      throw expected("the end");
    }
    return cel;
  }

  private Cel expression() {
    Cel condition = or();
    if (!take("?")) {
      return condition;
    }
    Cel yes = expression();
    require(":");
    return new Cel.Choice(condition, yes, expression());
  }

  private Cel or() {
    Cel left = and();
    while (take("||")) {
      left = new Cel.Or(left, and());
    }
    return left;
  }

  private Cel and() {
    Cel left = comparison();
    while (take("&&")) {
      left = new Cel.And(left, comparison());
    }
    return left;
  }

  private Cel comparison() {
    Cel left = unary();
    for (String operator : OPERATORS) {
      if (take(operator)) {
        return new Cel.Compare(operator, left, unary());
      }
    }
    return left;
  }

  private Cel unary() {
    if (take("!")) {
      return new Cel.Not(unary());
    }
    Cel owner = primary();
    while (take(".")) {
      String name = name();
      if (!take("(")) {
        owner = new Cel.Select(owner, name);
      } else if (name.equals("exists")) {
        String item = name();
        require(",");
        owner = new Cel.Exists(owner, item, expression());
        require(")");
      } else {
        List<Cel> arguments = new ArrayList<>(List.of(owner));
        arguments(arguments);
        owner = new Cel.Call(name, List.copyOf(arguments));
      }
    }
    return owner;
  }

  private Cel primary() {
    if (take("(")) {
      Cel inner = expression();
      require(")");
      return inner;
    }
    char c = at < text.length() ? text.charAt(at) : 0;
    if (c == '\'') {
      int end = text.indexOf('\'', at + 1);
      if (end < 0) {
        throw expected("the closing '");
      }
      String value = text.substring(at + 1, end);
      at = end + 1;
      blanks();
      return new Cel.Literal(value);
    }
    if (c >= '0' && c <= '9') {
      return number();
    }
    String name = name();
    if (!take("(")) {
      return switch (name) {
        case "true" -> new Cel.Literal(true);
        case "false" -> new Cel.Literal(false);
        default -> new Cel.Variable(name);
      };
    }
    List<Cel> arguments = new ArrayList<>();
    arguments(arguments);
    if (!name.equals("has")) {
      return new Cel.Call(name, List.copyOf(arguments));
    }
    if (arguments.size() == 1 && arguments.getFirst() instanceof Cel.Select field) {
      return new Cel.Has(field);
    }
    throw expected("a field for has()");
  }

  /** After the opening bracket. */
  private void arguments(List<Cel> out) {
    if (take(")")) {
      return;
    }
    do {
      out.add(expression());
    } while (take(","));
    require(")");
  }

  private Cel number() {
    int start = at;
    while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
      at++;
    }
    String digits = text.substring(start, at);
    blanks();
    return new Cel.Literal(
        digits.indexOf('.') < 0 ? (Object) Long.valueOf(digits) : Double.valueOf(digits));
  }

  private String name() {
    int start = at;
    while (at < text.length() && Character.isJavaIdentifierPart(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw expected("a name");
    }
    // Interned: it is compared with fields' names all the time.
    String name = text.substring(start, at).intern();
    blanks();
    return name;
  }

  private boolean take(String symbol) {
    if (!text.startsWith(symbol, at) || (symbol.equals("!") && text.startsWith("!=", at))) {
      return false;
    }
    at += symbol.length();
    blanks();
    return true;
  }

  private void require(String symbol) {
    if (!take(symbol)) {
      throw expected("'" + symbol + "'");
    }
  }

  private void blanks() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private IllegalArgumentException expected(String what) {
    return new IllegalArgumentException(
        "'" + text + "': expected " + what + " at column " + (at + 1));
  }
}
