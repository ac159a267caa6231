package calico.ctl;

import java.util.ArrayList;
import java.util.List;

/** The difference of two texts in lines, in the unified format that {@code diff -u} has. */
final class LineDiff {
  private static final int CONTEXT = 3;

  /** Beyond this many pairs of lines, what lies between common ends counts as all different. */
  private static final long MAX_PAIRS = 10_000_000;

  /** A line: ' ' in both, '-' only in the old text, '+' only in the new one. */
  private record Line(char sign, String text) {}

  private LineDiff() {}

  /**
   * The hunks with a header; empty if the texts are equal.
   *
   * @param oldName what the header calls the old text
   * @param newName what the header calls the new text
   */
  static String unified(String oldName, String newName, String oldText, String newText) {
    if (oldText.equals(newText)) {
      return "";
    }
    List<Line> lines = lines(oldText.lines().toList(), newText.lines().toList());
    StringBuilder out = new StringBuilder("--- %s\n+++ %s\n".formatted(oldName, newName));
    int from = 0;
    int oldLine = 1;
    int newLine = 1;
    while (from < lines.size()) {
      int change = from;
      while (change < lines.size() && lines.get(change).sign == ' ') {
        change++;
      }
      if (change == lines.size()) {
        break;
      }
      int start = Math.max(from, change - CONTEXT);
      oldLine += start - from;
      newLine += start - from;
      int end = end(lines, change);
      List<Line> hunk = lines.subList(start, end);
      int olds = (int) hunk.stream().filter(l -> l.sign != '+').count();
      int news = (int) hunk.stream().filter(l -> l.sign != '-').count();
      out.append("@@ -%s +%s @@\n".formatted(range(oldLine, olds), range(newLine, news)));
      hunk.forEach(l -> out.append(l.sign).append(l.text).append('\n'));
      oldLine += olds;
      newLine += news;
      from = end;
    }
    return out.toString();
  }

  /** Where the hunk ends that has the change at an index: before a long stretch in common. */
  private static int end(List<Line> lines, int change) {
    int lastChange = change;
    for (int i = change; i < lines.size() && i - lastChange <= 2 * CONTEXT; i++) {
      if (lines.get(i).sign != ' ') {
        lastChange = i;
      }
    }
    return Math.min(lines.size(), lastChange + 1 + CONTEXT);
  }

  /** As diff -u counts: an empty range begins at the line before it. */
  private static String range(int first, int count) {
    return (count == 0 ? first - 1 : first) + (count == 1 ? "" : "," + count);
  }

  private static List<Line> lines(List<String> a, List<String> b) {
    int head = 0;
    while (head < a.size() && head < b.size() && a.get(head).equals(b.get(head))) {
      head++;
    }
    int tail = 0;
    while (tail < a.size() - head
        && tail < b.size() - head
        && a.get(a.size() - 1 - tail).equals(b.get(b.size() - 1 - tail))) {
      tail++;
    }
    List<Line> out = new ArrayList<>();
    a.subList(0, head).forEach(l -> out.add(new Line(' ', l)));
    middle(a.subList(head, a.size() - tail), b.subList(head, b.size() - tail), out);
    a.subList(a.size() - tail, a.size()).forEach(l -> out.add(new Line(' ', l)));
    return out;
  }

  private static void middle(List<String> a, List<String> b, List<Line> out) {
    int i = 0;
    int j = 0;
    if ((long) a.size() * b.size() <= MAX_PAIRS) {
      int[][] common = common(a, b);
      while (i < a.size() && j < b.size()) {
        if (a.get(i).equals(b.get(j))) {
          out.add(new Line(' ', a.get(i)));
          i++;
          j++;
        } else if (common[i + 1][j] >= common[i][j + 1]) {
          out.add(new Line('-', a.get(i++)));
        } else {
          out.add(new Line('+', b.get(j++)));
        }
      }
    }
    a.subList(i, a.size()).forEach(l -> out.add(new Line('-', l)));
    b.subList(j, b.size()).forEach(l -> out.add(new Line('+', l)));
  }

  /** Length of the longest common subsequence of what follows each pair of indexes. */
  private static int[][] common(List<String> a, List<String> b) {
    int[][] out = new int[a.size() + 1][b.size() + 1];
    for (int i = a.size() - 1; i >= 0; i--) {
      for (int j = b.size() - 1; j >= 0; j--) {
        out[i][j] =
            a.get(i).equals(b.get(j))
                ? out[i + 1][j + 1] + 1
                : Math.max(out[i + 1][j], out[i][j + 1]);
      }
    }
    return out;
  }
}
