package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.model.GoNumber;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Layout of tables and of the numbers in them. */
class TextTableTest {
  @Test
  void alignsWithAGapAndAMinimum() {
    assertEquals(
        "A     LONGER   \nx              \nxyz   é        \n",
        AlignedTable.of(List.of("A", "LONGER"), List.of(List.of("x", ""), List.of("xyz", "é"))));
    assertEquals("A    \n", AlignedTable.of(List.of("A"), List.of()));
  }

  @Test
  void laterCellsThatAreWiderKeepTheGap() {
    AlignedTable table = new AlignedTable(List.of("A", "B"), List.of(List.of("xx", "y")));
    StringBuilder out = new StringBuilder(table.header());
    table.row(List.of("wider than that", "z"), out);
    assertEquals("A    B    \nwider than that   z    \n", out.toString());
  }

  @Test
  void boxes() {
    assertEquals(
        """
        +------+----+
        | NAME | N  |
        +------+----+
        | a    |  1 |
        | b    | 22 |
        +------+----+
        """,
        new TextTable(List.of("NAME", "N"), List.of(List.of("a", "1"), List.of("b", "22")))
            .boxed(1));
  }

  @Test
  void numbersAreShort() {
    assertEquals("100", GoNumber.shortest(100.0));
    assertEquals("20.5", GoNumber.shortest(20.5));
    assertEquals("1e+06", GoNumber.shortest(1_000_000.0));
    assertEquals("-1.25e-07", GoNumber.shortest(-0.000000125));
    assertEquals("0", GoNumber.shortest(0.0));
    assertEquals("<nil>", GoNumber.shortest(null));
    assertEquals("65536", GoNumber.significant(65536, 5));
    assertEquals("1.2089e+24", GoNumber.significant(Math.pow(2, 80), 5));
  }
}
