package calico.model.cel;

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
    return truth(new Scope("self", self, null));
  }

  /** A variable, and those that it may hide. */
  record Scope(String name, @Nullable Object value, @Nullable Scope outer) {}

  /**
   * The value of this expression.
   *
   * @throws IllegalArgumentException if a field is absent or of another type than the expression
   *     needs
   */
  @Nullable Object evaluate(Scope scope);

  /** The value of this expression, which must be true or false. */
  default boolean truth(Scope scope) {
    if (evaluate(scope) instanceof Boolean truth) {
      return truth;
    }
    throw new IllegalArgumentException("neither true nor false: " + this);
  }

  /** Text, a number, true or false. */
  record Literal(Object value) implements Cel {
    @Override
    public Object evaluate(Scope scope) {
      return value;
    }
  }

  record Variable(String name) implements Cel {
    @Override
    public @Nullable Object evaluate(Scope scope) {
      for (Scope at = scope; at != null; at = at.outer) {
        if (at.name.equals(name)) {
          return at.value;
        }
      }
      throw new IllegalArgumentException("no variable " + name);
    }
  }

  /** A field of an object, which must be there. */
  record Select(Cel owner, String field) implements Cel {
    @Override
    public Object evaluate(Scope scope) {
      Object value = find(scope);
      if (value == null) {
        throw new IllegalArgumentException("no field " + field);
      }
      return value;
    }

    private @Nullable Object find(Scope scope) {
      return owner.evaluate(scope) instanceof Map<?, ?> map ? map.get(field) : null;
    }
  }

  /** Whether a field is there. */
  record Has(Select field) implements Cel {
    @Override
    public Boolean evaluate(Scope scope) {
      return field.find(scope) != null;
    }
  }

  record Not(Cel operand) implements Cel {
    @Override
    public Boolean evaluate(Scope scope) {
      return !operand.truth(scope);
    }
  }

  record And(Cel left, Cel right) implements Cel {
    @Override
    public Boolean evaluate(Scope scope) {
      return left.truth(scope) && right.truth(scope);
    }
  }

  record Or(Cel left, Cel right) implements Cel {
    @Override
    public Boolean evaluate(Scope scope) {
      return left.truth(scope) || right.truth(scope);
    }
  }

  record Choice(Cel condition, Cel yes, Cel no) implements Cel {
    @Override
    public @Nullable Object evaluate(Scope scope) {
      return (condition.truth(scope) ? yes : no).evaluate(scope);
    }
  }

  /**
   * A comparison.
   *
   * @param operator one of == != < <= > >=
   */
  record Compare(String operator, Cel left, Cel right) implements Cel {
    @Override
    public Boolean evaluate(Scope scope) {
      Object a = left.evaluate(scope);
      Object b = right.evaluate(scope);
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
    public Boolean evaluate(Scope scope) {
      for (Object each : CelFunctions.list(list.evaluate(scope))) {
        if (condition.truth(new Scope(item, each, scope))) {
          return true;
        }
      }
      return false;
    }
  }

  /** A function; a method's receiver is its first argument. */
  record Call(String function, List<Cel> arguments) implements Cel {
    @Override
    public Object evaluate(Scope scope) {
      return CelFunctions.call(function, arguments.stream().map(a -> a.evaluate(scope)).toList());
    }
  }
}
