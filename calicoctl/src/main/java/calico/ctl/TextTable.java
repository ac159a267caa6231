package calico.ctl;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Rows of text, laid out in columns. */
record TextTable(List<String> header, List<List<String>> rows) {
  private static final int GAP = 3;
  private static final int MIN_WIDTH = 5;

  /** Every cell, the last of a row too, is padded to its column's width and a gap. */
  String aligned() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(header);
    lines.addAll(rows);
    StringBuilder out = new StringBuilder();
    for (List<String> line : lines) {
      for (int i = 0; i < header.size(); i++) {
        pad(out, line.get(i), Math.max(MIN_WIDTH, width(i) + GAP), false);
      }
      out.append('\n');
    }
    return out.toString();
  }

  /**
   * With a frame around every cell; headings are aligned to the left.
   *
   * @param firstRight cells of this and the following columns are aligned to the right
   */
  String boxed(int firstRight) {
    StringBuilder rule = new StringBuilder();
    for (int i = 0; i < header.size(); i++) {
      rule.append('+').append("-".repeat(width(i) + 2));
    }
    rule.append("+\n");
    StringBuilder out = new StringBuilder(rule);
    boxedRow(out, header, header.size());
    out.append(rule);
    rows.forEach(row -> boxedRow(out, row, firstRight));
    if (!rows.isEmpty()) {
      out.append(rule);
    }
    return out.toString();
  }

  private void boxedRow(StringBuilder out, List<String> row, int firstRight) {
    for (int i = 0; i < row.size(); i++) {
      out.append("| ");
      pad(out, row.get(i), width(i), i >= firstRight);
      out.append(' ');
    }
    out.append("|\n");
  }

  private int width(int column) {
    return Math.max(
        length(header.get(column)),
        rows.isEmpty()
            ? 0
            : Collections.max(rows.stream().map(r -> length(r.get(column))).toList()));
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static void pad(StringBuilder out, String text, int width, boolean right) {
    String blanks = " ".repeat(width - length(text));
    out.append(right ? blanks : text).append(right ? text : blanks);
  }
}
