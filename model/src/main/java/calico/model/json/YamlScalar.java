package calico.model.json;

import java.math.BigInteger;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a plain YAML scalar means. Follows the converter that Kubernetes tools use: the core schema
 * of YAML 1.2, plus the {@code yes/no/on/off} of YAML 1.1 as booleans, plus {@code 0x}, {@code 0o},
 * {@code 0b} and underscores in integers.
 */
final class YamlScalar {
  private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");
  private static final Set<String> TRUES =
      Set.of("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE");
  private static final Set<String> FALSES =
      Set.of("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE");
  private static final Pattern INTEGER =
      Pattern.compile("[-+]?(0x[0-9a-fA-F]+|0b[01]+|0o?[0-7]+|0|[1-9][0-9]*)");
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
  private static final Pattern JSON_LITERAL =
      Pattern.compile("(null|true|false|-?(0|[1-9][0-9]*)(\\.[0-9]*)?([eE][-+]?[0-9]+)?)?");

  /** What some reader of YAML 1.1 or 1.2 takes for a number, a time or a merge key. */
  private static final Pattern AMBIGUOUS =
      Pattern.compile(
          """
          [-+]?0([xX][0-9a-fA-F_]+|[bB][01_]+|[oO][0-7_]+)
          | [-+]?([0-9][0-9_]*(\\.[0-9_]*)?|\\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?
          | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?
          | [-+]?\\.(inf|Inf|INF) | \\.(nan|NaN|NAN)
          | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}
            (([Tt]|[\\ \\t]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\\.[0-9]*)?
             ([\\ \\t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?)?
          | = | <<
          """,
          Pattern.COMMENTS);

  private YamlScalar() {}

  static @Nullable Object parse(String text, boolean plain, String tag) {
    if (!plain || tag.equals("!") || (tag.endsWith(":str") && isExplicit(text))) {
      return text;
    }
    if (NULLS.contains(text)) {
      return null;
    }
    if (TRUES.contains(text) && text.length() > 1) {
      return true;
    }
    if (FALSES.contains(text) && text.length() > 1) {
      return false;
    }
    char first = text.charAt(0);
    if (first != '+' && first != '-' && first != '.' && (first < '0' || first > '9')) {
      return text;
    }
    String digits = text.replace("_", "");
    if (INTEGER.matcher(digits).matches()) {
      return integer(digits);
    }
    return FLOAT.matcher(digits).matches() ? (Object) Double.parseDouble(digits) : text;
  }

  /**
   * The composer gives the string tag to all plain text that is no literal of JSON. So a literal
   * that has it was written with an explicit {@code !!str}.
   */
  private static boolean isExplicit(String text) {
    return JSON_LITERAL.matcher(text).matches();
  }

  private static Object integer(String text) {
    boolean negative = text.charAt(0) == '-';
    String digits = negative || text.charAt(0) == '+' ? text.substring(1) : text;
    BigInteger n;
    if (digits.startsWith("0x")) {
      n = new BigInteger(digits.substring(2), 16);
    } else if (digits.startsWith("0b")) {
      n = new BigInteger(digits.substring(2), 2);
    } else if (digits.startsWith("0o")) {
      n = new BigInteger(digits.substring(2), 8);
    } else {
      n = new BigInteger(digits, digits.length() > 1 && digits.charAt(0) == '0' ? 8 : 10);
    }
    n = negative ? n.negate() : n;
    return n.bitLength() < 64 ? (Object) n.longValue() : n;
  }

  /** Whether every reader takes plain text for a string, with what YAML 1.1 has beyond 1.2. */
  static boolean isPlainString(String text) {
    return !(TRUES.contains(text)
        || FALSES.contains(text)
        || !(parse(text, true, "") instanceof String)
        || AMBIGUOUS.matcher(text).matches());
  }
}
