package calico.model.selector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.model.Seed;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SelectorTest {
  private static final List<String> WORDS =
      List.of("a", "in", "all", "has", "a.b/c-d", "starts", "", "it's", "say \"x\"", "é");

  @Test
  void canonicalForms() {
    String[][] cases = {
      {"", "all()"},
      {"  \t", "all()"},
      {"all( )", "all()"},
      {"a=='b'", "a == \"b\""},
      {"a != \"b\"", "a != \"b\""},
      {"a == 'say \"x\"'", "a == 'say \"x\"'"},
      {"! has( a )", "!has(a)"},
      {"!!has(a)", "has(a)"},
      {"!!!has(a)", "!has(a)"},
      {"a in {'c','b',\"b\",}", "a in {\"b\", \"c\"}"},
      {"a in {}", "a in {}"},
      {"a notin {'b'}", "a not in {\"b\"}"},
      {
        "a startswith 'b' || b ends with 'c' && has(c)",
        "(a starts with \"b\" || (b ends with \"c\" && has(c)))"
      },
      {"(a == 'b')", "a == \"b\""},
      {"in in {'in'}", "in in {\"in\"}"},
      {"has == 'x' && all != 'y'", "(has == \"x\" && all != \"y\")"},
      {"!(a == 'b' || global())", "!(a == \"b\" || global())"},
    };
    for (String[] c : cases) {
      assertEquals(c[1], Selector.parse(c[0]).canonical(), c[0]);
    }
  }

  @Test
  void idsAreUpstreams() {
    // Upstream's scheme: SHA-224 of "s:" and the canonical form; the values are upstream's or
    // computed by other means.
    assertEquals("s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug", Selector.parse("all()").id());
    assertEquals(
        "s:SWnTWyWAHLeqA5PXVyAxVZVSk3-7hrbBcNkTsA", Selector.parse("a in {'c', 'b'}").id());
    assertEquals(
        "s:Iss0uCleLYv1GSv_pNm7hAO58kE9jAx1NKyG3Q", Selector.parse("! (has( b)||! has(a ))").id());
    assertEquals(
        "s:lh3haoY1ikTRkd4UZu0nWSaIBknYLPJLX16d-w",
        Selector.parse("! (a == \"b\"&&! c != \"d\")").id());
    assertEquals(Selector.parse("a=='b'").id(), Selector.parse("a == \"b\"").id());
  }

  @Test
  void errorsNameTheColumn() {
    Object[][] cases = {
      {"a", 2},
      {"a =", 3},
      {"a = 'b'", 3},
      {"a == b", 6},
      {"a == 'b", 8},
      {"a in 'b'", 6},
      {"a in {'b'", 10},
      {"(a == 'b'", 10},
      {"a == 'b' b", 10},
      {"has(a", 6},
      {"has (a)", 5},
      {"&& a", 1},
      {"a == 'b' &&", 12},
      {"a == 'b'\n", 9},
      {"a startswithx 'b'", 3},
      {"a contains'x' || ", 18},
      {"has()", 5}
    };
    for (Object[] c : cases) {
      SelectorSyntaxException e =
          assertThrows(
              SelectorSyntaxException.class, () -> Selector.parse((String) c[0]), (String) c[0]);
      assertEquals(c[1], e.column(), c[0] + ": " + e.getMessage());
    }
    assertThrows(SelectorSyntaxException.class, () -> Selector.parse("(".repeat(100_000)));
    assertThrows(SelectorSyntaxException.class, () -> Selector.parse("has(" + "a".repeat(513)));
  }

  @Test
  void printsAndParsesBackToTheSame() {
    Random random = Seed.random(SelectorTest.class);
    for (int i = 0; i < 20_000; i++) {
      Selector s = selector(random, 4);
      String canonical = s.canonical();
      assertEquals(s, Selector.parse(canonical), canonical);
      assertEquals(canonical, Selector.parse(canonical).canonical());
    }
  }

  @Test
  void evaluatesAsTheNaiveEvaluator() {
    Random random = Seed.random(SelectorTest.class);
    for (int i = 0; i < 20_000; i++) {
      Selector s = selector(random, 4);
      Map<String, String> labels = new HashMap<>();
      for (int n = random.nextInt(4); n > 0; n--) {
        labels.put(label(random), value(random));
      }
      assertEquals(naive(s, labels), s.matches(labels), s.canonical() + " of " + labels);
    }
  }

  private static boolean naive(Selector selector, Map<String, String> labels) {
    return switch (selector) {
      case All _, Global _ -> true;
      case Has s -> labels.containsKey(s.label());
      case Equal s -> labels.containsKey(s.label()) && labels.get(s.label()).equals(s.value());
      case NotEqual s -> !naive(new Equal(s.label(), s.value()), labels);
      case In s -> s.values().stream().anyMatch(v -> naive(new Equal(s.label(), v), labels));
      case NotIn s -> !naive(new In(s.label(), s.values()), labels);
      case Contains s ->
          labels.containsKey(s.label()) && labels.get(s.label()).indexOf(s.value()) >= 0;
      case StartsWith s ->
          labels.containsKey(s.label()) && labels.get(s.label()).indexOf(s.value()) == 0;
      case EndsWith s ->
          labels.containsKey(s.label())
              && new StringBuilder(labels.get(s.label()))
                  .reverse()
                  .toString()
                  .startsWith(new StringBuilder(s.value()).reverse().toString());
      case And s -> s.operands().stream().filter(o -> !naive(o, labels)).count() == 0;
      case Or s -> s.operands().stream().filter(o -> naive(o, labels)).count() > 0;
      case Not s -> naive(s.operand(), labels) ? false : true;
    };
  }

  private static Selector selector(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 13 : 10)) {
      case 0 -> new All();
      case 1 -> new Global();
      case 2 -> new Has(label(random));
      case 3 -> new Equal(label(random), value(random));
      case 4 -> new NotEqual(label(random), value(random));
      case 5 -> new In(label(random), values(random));
      case 6 -> new NotIn(label(random), values(random));
      case 7 -> new Contains(label(random), value(random));
      case 8 -> new StartsWith(label(random), value(random));
      case 9 -> new EndsWith(label(random), value(random));
      case 10 -> new And(operands(random, depth));
      case 11 -> new Or(operands(random, depth));
      default -> {
        Selector operand = selector(random, depth - 1);
        yield operand instanceof Not ? operand : new Not(operand); // the parser cancels pairs
      }
    };
  }

  private static List<Selector> operands(Random random, int depth) {
    List<Selector> out = new ArrayList<>();
    for (int n = 2 + random.nextInt(2); n > 0; n--) {
      out.add(selector(random, depth - 1));
    }
    return out;
  }

  private static List<String> values(Random random) {
    List<String> out = new ArrayList<>();
    for (int n = random.nextInt(4); n > 0; n--) {
      out.add(value(random));
    }
    return out;
  }

  private static String label(Random random) {
    return WORDS.get(random.nextInt(6));
  }

  private static String value(Random random) {
    return WORDS.get(random.nextInt(WORDS.size()));
  }
}
