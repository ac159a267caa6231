package calico.model.cel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An expression. Evaluation has no side effects and is bounded by the size of the values. */
public sealed interface Cel {
  /**
   * Parses an expression.
   *
   * @throws IllegalArgumentException with the column, if it is not one
   */
  static Cel parse(String text) {
    return new CelParser(text).parse();
  }

  /** Whether a rule holds for a value, which the rule calls {@code self}. */
  default boolean holds(@Nullable Object self) {
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("self", self);
    return truth(variables);
  }

  /**
   * The value of this expression.
   *
   * @throws IllegalArgumentException if a field is absent or of another type than the expression
   *     needs
   */
  @Nullable Object evaluate(Map<String, @Nullable Object> variables);

  /** The value of this expression, which must be true or false. */
  default boolean truth(Map<String, @Nullable Object> variables) {
    if (evaluate(variables) instanceof Boolean truth) {
      return truth;
    }
    throw new IllegalArgumentException("neither true nor false: " + this);
  }

  /** Text, a number, true or false. */
  record Literal(Object value) implements Cel {
    @Override
    public Object evaluate(Map<String, @Nullable Object> variables) {
      return value;
    }
  }

  record Variable(String name) implements Cel {
    @Override
    public @Nullable Object evaluate(Map<String, @Nullable Object> variables) {
      if (!variables.containsKey(name)) {
        throw new IllegalArgumentException("no variable " + name);
      }
      return variables.get(name);
    }
  }

  /** A field of an object, which must be there. */
  record Select(Cel owner, String field) implements Cel {
    @Override
    public Object evaluate(Map<String, @Nullable Object> variables) {
      Object value = find(variables);
      if (value == null) {
        throw new IllegalArgumentException("no field " + field);
      }
      return value;
    }

    private @Nullable Object find(Map<String, @Nullable Object> variables) {
      return owner.evaluate(variables) instanceof Map<?, ?> map ? map.get(field) : null;
    }
  }

  /** Whether a field is there. */
  record Has(Select field) implements Cel {
    @Override
    public Boolean evaluate(Map<String, @Nullable Object> variables) {
      return field.find(variables) != null;
    }
  }

  record Not(Cel operand) implements Cel {
    @Override
    public Boolean evaluate(Map<String, @Nullable Object> variables) {
      return !operand.truth(variables);
    }
  }

  record And(Cel left, Cel right) implements Cel {
    @Override
    public Boolean evaluate(Map<String, @Nullable Object> variables) {
      return left.truth(variables) && right.truth(variables);
    }
  }

  record Or(Cel left, Cel right) implements Cel {
    @Override
    public Boolean evaluate(Map<String, @Nullable Object> variables) {
      return left.truth(variables) || right.truth(variables);
    }
  }

  record Choice(Cel condition, Cel yes, Cel no) implements Cel {
    @Override
    public @Nullable Object evaluate(Map<String, @Nullable Object> variables) {
      return (condition.truth(variables) ? yes : no).evaluate(variables);
    }
  }

  /**
   * A comparison.
   *
   * @param operator one of == != < <= > >=
   */
  record Compare(String operator, Cel left, Cel right) implements Cel {
    @Override
    public Boolean evaluate(Map<String, @Nullable Object> variables) {
      Object a = left.evaluate(variables);
      Object b = right.evaluate(variables);
      return switch (operator) {
        case "==" -> isEqual(a, b);
        case "!=" -> !isEqual(a, b);
        case "<" -> order(a, b) < 0;
        case "<=" -> order(a, b) <= 0;
        case ">" -> order(a, b) > 0;
        case ">=" -> order(a, b) >= 0;
        default -> throw new IllegalArgumentException("no operator " + operator);
      };
    }

    private static boolean isEqual(@Nullable Object a, @Nullable Object b) {
      return (a instanceof Number && b instanceof Number) ? order(a, b) == 0 : Objects.equals(a, b);
    }

    private static int order(@Nullable Object a, @Nullable Object b) {
      if (a instanceof Long m && b instanceof Long n) {
        return Long.compare(m, n);
      }
      if (a instanceof Number m && b instanceof Number n) {
        return Double.compare(m.doubleValue(), n.doubleValue());
      }
      throw new IllegalArgumentException("only numbers have an order");
    }
  }

  /** Whether some item of a list, called {@code item}, makes the condition true. */
  record Exists(Cel list, String item, Cel condition) implements Cel {
    @Override
    public Boolean evaluate(Map<String, @Nullable Object> variables) {
      Map<String, @Nullable Object> inner = new HashMap<>(variables);
      for (Object each : CelFunctions.list(list.evaluate(variables))) {
        inner.put(item, each);
        if (condition.truth(inner)) {
          return true;
        }
      }
      return false;
    }
  }

  /** A function; a method's receiver is its first argument. */
  record Call(String function, List<Cel> arguments) implements Cel {
    @Override
    public Object evaluate(Map<String, @Nullable Object> variables) {
      return CelFunctions.call(
          function, arguments.stream().map(a -> a.evaluate(variables)).toList());
    }
  }
}
