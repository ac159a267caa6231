package calico.ctl;

import java.util.Collections;
import java.util.List;

/** Rows of text in a frame; {@link AlignedTable} is the one without. */
record TextTable(List<String> header, List<List<String>> rows) {
  /**
   * Headings are aligned to the left.
   *
   * @param firstRight cells of this and the following columns are aligned to the right
   */
  String boxed(int firstRight) {
    int[] widths = new int[header.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = width(i);
    }
    StringBuilder rule = new StringBuilder();
    for (int i = 0; i < header.size(); i++) {
      rule.append('+').append("-".repeat(widths[i] + 2));
    }
    rule.append("+\n");
    StringBuilder out = new StringBuilder(rule);
    boxedRow(out, header, widths, header.size());
    out.append(rule);
    rows.forEach(row -> boxedRow(out, row, widths, firstRight));
    if (!rows.isEmpty()) {
      out.append(rule);
    }
    return out.toString();
  }

  private static void boxedRow(StringBuilder out, List<String> row, int[] widths, int firstRight) {
    for (int i = 0; i < row.size(); i++) {
      out.append("| ");
      pad(out, row.get(i), widths[i], i >= firstRight);
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

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static void pad(StringBuilder out, String text, int width, boolean right) {
    String blanks = " ".repeat(width - length(text));
    out.append(right ? blanks : text).append(right ? text : blanks);
  }
}
