package calico.model.selector;

import calico.model.selector.Selector.All;
import calico.model.selector.Selector.And;
import calico.model.selector.Selector.Contains;
import calico.model.selector.Selector.EndsWith;
import calico.model.selector.Selector.Equal;
import calico.model.selector.Selector.Global;
import calico.model.selector.Selector.Has;
import calico.model.selector.Selector.In;
import calico.model.selector.Selector.Not;
import calico.model.selector.Selector.NotEqual;
import calico.model.selector.Selector.NotIn;
import calico.model.selector.Selector.Or;
import calico.model.selector.Selector.StartsWith;
import java.util.ArrayList;
import java.util.List;

/**
 * Recursive descent over the text.
 *
 * <pre>
 * or   := and ('||' and)*
 * and  := not ('&amp;&amp;' not)*
 * not  := '!'* ( '(' or ')' | function | label operator operand )
 * </pre>
 *
 * Blanks are space and tab. A function's name touches its parenthesis. Operator words have meaning
 * only after a label, so that any word may be a label.
 */
final class SelectorParser {
  private static final int MAX_LABEL = 512;
  private static final int MAX_DEPTH = 500;

  private final String text;
  private int at;
  private int depth;

  SelectorParser(String text) {
    this.text = text;
  }

  Selector parse() {
    blanks();
    if (at == text.length()) {
      return new All();
    }
    Selector s = or();
    if (at < text.length()) {
      throw expected("'&&', '||' or the end");
    }
    return s;
  }

  private Selector or() {
    if (++depth > MAX_DEPTH) {
      throw expected("fewer nested parentheses");
    }
    Selector first = and();
    if (!take("||")) {
      depth--;
      return first;
    }
    List<Selector> operands = new ArrayList<>(List.of(first));
    do {
      operands.add(and());
    } while (take("||"));
    depth--;
    return new Or(operands);
  }

  private Selector and() {
    Selector first = not();
    if (!take("&&")) {
      return first;
    }
    List<Selector> operands = new ArrayList<>(List.of(first));
    do {
      operands.add(not());
    } while (take("&&"));
    return new And(operands);
  }

  private Selector not() {
    boolean negated = false;
    while (take("!")) {
      negated = !negated;
    }
    Selector s = operand();
    return negated ? new Not(s) : s;
  }

  private Selector operand() {
    if (take("(")) {
      Selector s = or();
      require(")");
      return s;
    }
    if (take("has(")) {
      String label = label("a label's name");
      require(")");
      return new Has(label);
    }
    if (take("all(")) {
      require(")");
      return new All();
    }
    if (take("global(")) {
      require(")");
      return new Global();
    }
    return comparison(label("a label's name, has(...), all(), '!' or '('"));
  }

  private Selector comparison(String label) {
    if (take("==")) {
      return new Equal(label, string());
    }
    if (take("!=")) {
      return new NotEqual(label, string());
    }
    if (word("contains")) {
      return new Contains(label, string());
    }
    if (words("starts", "with")) {
      return new StartsWith(label, string());
    }
    if (words("ends", "with")) {
      return new EndsWith(label, string());
    }
    if (words("not", "in")) {
      return new NotIn(label, set());
    }
    if (word("in")) {
      return new In(label, set());
    }
    throw expected("'==', '!=', 'in', 'not in', 'contains', 'starts with' or 'ends with'");
  }

  private List<String> set() {
    List<String> values = new ArrayList<>();
    require("{");
    while (at < text.length() && text.charAt(at) != '}') {
      values.add(string());
      if (!take(",")) {
        break;
      }
    }
    require("}");
    return values;
  }

  private String string() {
    char quote = at < text.length() ? text.charAt(at) : 0;
    if (quote != '"' && quote != '\'') {
      throw expected("a string in quotes");
    }
    int end = text.indexOf(quote, at + 1);
    if (end < 0) {
      at = text.length();
      throw expected("the closing " + quote);
    }
    String value = text.substring(at + 1, end);
    at = end + 1;
    blanks();
    return value;
  }

  private String label(String what) {
    int end = at;
    while (end < text.length() && isLabelCharacter(text.charAt(end))) {
      end++;
    }
    if (end == at) {
      throw expected(what);
    }
    if (end - at > MAX_LABEL) {
      throw expected("a label's name of at most " + MAX_LABEL + " characters");
    }
    String label = text.substring(at, end);
    at = end;
    blanks();
    return label;
  }

  private boolean take(String symbol) {
    if (!text.startsWith(symbol, at)) {
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

  private boolean word(String word) {
    return words("", word);
  }

  /** Two words; blanks between them may be missing. Nothing of a label may follow. */
  private boolean words(String first, String second) {
    int start = at;
    if (take(first) && take(second) && !(at < text.length() && isLabelCharacter(text.charAt(at)))) {
      return true;
    }
    at = start;
    return false;
  }

  private void blanks() {
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
    }
  }

  private static boolean isLabelCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '.'
        || c == '/'
        || c == '-';
  }

  private SelectorSyntaxException expected(String what) {
    return new SelectorSyntaxException(text, at + 1, what);
  }
}
