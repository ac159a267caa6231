package calico.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MatrixTest {
  private static final Matrix MATRIX = matrix(List.of("web-1", "db"), true, false);

  @Test
  void printsRowsAndColumns() {
    assertEquals(
        """
        FROM   web-1  db
        web-1  .      yes
        db     no     .""",
        MATRIX.print(false));
  }

  @Test
  void colorsOnlyWhenAsked() {
    assertTrue(MATRIX.print(true).contains("\u001b[32myes"));
    assertTrue(!MATRIX.print(false).contains("\u001b"));
  }

  @Test
  void readsBackWhatItPrints() {
    assertEquals(MATRIX, Matrix.parse(MATRIX.print(false)));
    assertEquals(MATRIX, Matrix.parse("# a comment\n\n" + MATRIX.print(false) + "\n"));
  }

  @Test
  void saysWhatIsWrongWithAnExpectation() {
    Map<String, String> wrong =
        Map.of(
            "", "line 1: the matrix is empty",
            "web-1 .", "line 1: the first line must be FROM and the destinations",
            "FROM a b\na . yes no", "line 2: 3 cells, but 2 destinations",
            "FROM a b\na . maybe", "line 2: 'maybe' is not yes, no or . (a -> b)");
    wrong.forEach(
        (text, message) ->
            assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> Matrix.parse(text))
                    .getMessage()));
  }

  @Test
  void tellsDifferences() {
    assertEquals(List.of(), MATRIX.differencesFrom(MATRIX));
    assertEquals(
        List.of("web-1 -> db: expected no, got yes"),
        MATRIX.differencesFrom(matrix(List.of("web-1", "db"), false, false)));
    assertEquals(
        List.of(
            "web-1 -> api: expected yes, got no such pair",
            "api -> web-1: expected yes, got no such pair",
            "web-1 -> db: not in the expectation, got yes",
            "db -> web-1: not in the expectation, got no"),
        MATRIX.differencesFrom(matrix(List.of("web-1", "api"), true, true)));
  }

  private static Matrix matrix(List<String> names, boolean... cells) {
    Map<Matrix.Pair, Boolean> map = new LinkedHashMap<>();
    List<Matrix.Pair> pairs = Matrix.pairs(names);
    for (int i = 0; i < cells.length; i++) {
      map.put(pairs.get(i), cells[i]);
    }
    return new Matrix(names, map);
  }
}
