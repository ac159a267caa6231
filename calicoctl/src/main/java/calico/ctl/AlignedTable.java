package calico.ctl;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows of text in columns, for rows that come by and by. The widths are those of the first rows; a
 * later cell that is wider moves what follows it in its row.
 */
final class AlignedTable {
  private static final int GAP = 3;
  private static final int MIN_WIDTH = 5;

  private final List<String> header;
  private final int[] widths;

  /**
   * @param first the rows whose cells make the widths, together with the headings
   */
  AlignedTable(List<String> header, List<List<String>> first) {
    this.header = header;
    this.widths = new int[header.size()];
    List<List<String>> lines = new ArrayList<>(first);
    lines.add(header);
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], Math.max(MIN_WIDTH, TextTable.length(line.get(i)) + GAP));
      }
    }
  }

  /** The whole of a table. */
  static String of(List<String> header, List<List<String>> rows) {
    AlignedTable table = new AlignedTable(header, rows);
    StringBuilder out = new StringBuilder(table.header());
    rows.forEach(row -> table.row(row, out));
    return out.toString();
  }

  String header() {
    StringBuilder out = new StringBuilder();
    row(header, out);
    return out.toString();
  }

  /** Every cell, the last one too, is padded to its column's width. */
  void row(List<String> cells, StringBuilder out) {
    for (int i = 0; i < widths.length; i++) {
      String cell = cells.get(i);
      out.append(cell).repeat(' ', Math.max(GAP, widths[i] - TextTable.length(cell)));
    }
    out.append('\n');
  }
}
