package calico.model.selector;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A parsed selector expression. Comparisons with an absent label are false, except {@link NotEqual}
 * and {@link NotIn}, which are true.
 */
public sealed interface Selector {

  /** {@code all()}. */
  record All() implements Selector {}

  /**
   * {@code global()}: true of everything. Where a rule's namespaceSelector is just this, it means
   * what is in no namespace; that meaning is the caller's.
   */
  record Global() implements Selector {}

  /** {@code has(label)}. */
  record Has(String label) implements Selector {}

  /** {@code label == "value"}. */
  record Equal(String label, String value) implements Selector {}

  /** {@code label != "value"}. */
  record NotEqual(String label, String value) implements Selector {}

  /**
   * {@code label in {"a", "b"}}.
   *
   * @param values sorted by their UTF-8 bytes, without duplicates
   */
  record In(String label, List<String> values) implements Selector {
    public In {
      values = sorted(values);
    }
  }

  /**
   * {@code label not in {"a", "b"}}.
   *
   * @param values sorted by their UTF-8 bytes, without duplicates
   */
  record NotIn(String label, List<String> values) implements Selector {
    public NotIn {
      values = sorted(values);
    }
  }

  /** {@code label contains "value"}. */
  record Contains(String label, String value) implements Selector {}

  /** {@code label starts with "value"}. */
  record StartsWith(String label, String value) implements Selector {}

  /** {@code label ends with "value"}. */
  record EndsWith(String label, String value) implements Selector {}

  /**
   * {@code a && b && c}.
   *
   * @param operands two or more
   */
  record And(List<Selector> operands) implements Selector {
    public And {
      operands = List.copyOf(operands);
    }
  }

  /**
   * {@code a || b || c}.
   *
   * @param operands two or more
   */
  record Or(List<Selector> operands) implements Selector {
    public Or {
      operands = List.copyOf(operands);
    }
  }

  /** {@code !a}. */
  record Not(Selector operand) implements Selector {}

  /** Parses an expression; blank text means {@code all()}. */
  static Selector parse(String text) throws SelectorSyntaxException {
    return new SelectorParser(text).parse();
  }

  /** Whether labels satisfy this selector. */
  default boolean matches(Map<String, String> labels) {
    return matches(Labels.of(labels));
  }

  /** Whether labels satisfy this selector. */
  default boolean matches(Labels labels) {
    return switch (this) {
      case All _, Global _ -> true;
      case Has s -> labels.get(s.label) != null;
      case Equal s -> s.value.equals(labels.get(s.label));
      case NotEqual s -> !s.value.equals(labels.get(s.label));
      case In s -> contains(s.values, labels.get(s.label));
      case NotIn s -> !contains(s.values, labels.get(s.label));
      case Contains s -> text(labels, s.label, v -> v.contains(s.value));
      case StartsWith s -> text(labels, s.label, v -> v.startsWith(s.value));
      case EndsWith s -> text(labels, s.label, v -> v.endsWith(s.value));
      case And s -> {
        for (Selector operand : s.operands) {
          if (!operand.matches(labels)) {
            yield false;
          }
        }
        yield true;
      }
      case Or s -> {
        for (Selector operand : s.operands) {
          if (operand.matches(labels)) {
            yield true;
          }
        }
        yield false;
      }
      case Not s -> !s.operand.matches(labels);
    };
  }

  /** The text that upstream derives selector identifiers from. Parsing it gives this again. */
  default String canonical() {
    return switch (this) {
      case All _ -> "all()";
      case Global _ -> "global()";
      case Has s -> "has(" + s.label + ")";
      case Equal s -> s.label + " == " + quote(s.value);
      case NotEqual s -> s.label + " != " + quote(s.value);
      case In s -> s.label + " in " + set(s.values);
      case NotIn s -> s.label + " not in " + set(s.values);
      case Contains s -> s.label + " contains " + quote(s.value);
      case StartsWith s -> s.label + " starts with " + quote(s.value);
      case EndsWith s -> s.label + " ends with " + quote(s.value);
      case And s -> join(s.operands, " && ");
      case Or s -> join(s.operands, " || ");
      case Not s -> "!" + s.operand.canonical();
    };
  }

  /** The identifier under which upstream's dataplane API names the set of what this selects. */
  default String id() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-224")
              .digest(("s:" + canonical()).getBytes(StandardCharsets.UTF_8));
      return "s:" + Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("the JDK always has SHA-224", e);
    }
  }

  private static boolean contains(List<String> values, @Nullable String value) {
    return value != null && values.contains(value);
  }

  private static boolean text(Labels labels, String label, Predicate<String> test) {
    String value = labels.get(label);
    return value != null && test.test(value);
  }

  private static String join(List<Selector> operands, String operator) {
    return operands.stream()
        .map(Selector::canonical)
        .collect(Collectors.joining(operator, "(", ")"));
  }

  private static String set(List<String> values) {
    return values.stream().map(Selector::quote).collect(Collectors.joining(", ", "{", "}"));
  }

  /** There are no escapes: a value never holds both kinds of quote. */
  private static String quote(String value) {
    char quote = value.indexOf('"') >= 0 ? '\'' : '"';
    return quote + value + quote;
  }

  private static List<String> sorted(List<String> values) {
    Comparator<String> byBytes =
        (a, b) ->
            Arrays.compareUnsigned(
                a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    SequencedSet<String> set = new TreeSet<>(byBytes);
    set.addAll(values);
    return List.copyOf(new ArrayList<>(set));
  }
}
