package calico.sandbox;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Who can reach whom. Rows are sources, columns destinations. Its text form is what the sandbox
 * prints and what {@code --expect} reads, so a printed matrix can be kept as an expectation.
 */
public record Matrix(List<String> names, Map<Pair, Boolean> cells) {

  /** A source and a destination. */
  public record Pair(String from, String to) {
    @Override
    public String toString() {
      return from + " -> " + to;
    }
  }

  static final String ALLOWED = "yes";
  static final String DENIED = "no";
  static final String SELF = ".";

  /** The pairs of different workloads, row by row. */
  public static List<Pair> pairs(List<String> names) {
    return names.stream()
        .flatMap(
            from -> names.stream().filter(to -> !to.equals(from)).map(to -> new Pair(from, to)))
        .toList();
  }

  public boolean allowed(Pair pair) {
    Boolean cell = cells.get(pair);
    if (cell == null) {
      throw new IllegalArgumentException("no cell " + pair);
    }
    return cell;
  }

  /** Whether every cell is allowed. */
  public boolean allAllowed() {
    return !cells.containsValue(false);
  }

  /**
   * The table.
   *
   * @param color whether to mark cells with ANSI colours
   */
  public String print(boolean color) {
    int first = Math.max(4, names.stream().mapToInt(String::length).max().orElse(0));
    StringBuilder out = new StringBuilder(pad("FROM", first));
    names.forEach(n -> out.append("  ").append(pad(n, width(n))));
    for (String from : names) {
      out.append("\n").append(pad(from, first));
      for (String to : names) {
        String cell = from.equals(to) ? SELF : allowed(new Pair(from, to)) ? ALLOWED : DENIED;
        String padded = pad(cell, width(to));
        out.append("  ").append(color ? colored(cell, padded) : padded);
      }
    }
    return out.toString().lines().map(String::stripTrailing).collect(Collectors.joining("\n"));
  }

  private static int width(String name) {
    return Math.max(3, name.length());
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(width - text.length());
  }

  private static String colored(String cell, String text) {
    return switch (cell) {
      case ALLOWED -> "\u001b[32m" + text + "\u001b[0m";
      case DENIED -> "\u001b[31m" + text + "\u001b[0m";
      default -> text;
    };
  }

  /**
   * Reads the text form; blank lines and lines that start with # are skipped.
   *
   * @throws IllegalArgumentException with the line number and what is wrong there
   */
  public static Matrix parse(String text) {
    List<String> columns = new ArrayList<>();
    Map<Pair, Boolean> cells = new LinkedHashMap<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      List<String> words = Arrays.asList(line.strip().split("\\s+"));
      if (columns.isEmpty()) {
        if (!words.getFirst().equals("FROM") || words.size() < 2) {
          throw new IllegalArgumentException(
              "line " + number + ": the first line must be FROM and the destinations");
        }
        columns.addAll(words.subList(1, words.size()));
        continue;
      }
      if (words.size() != columns.size() + 1) {
        throw new IllegalArgumentException(
            "line "
                + number
                + ": "
                + (words.size() - 1)
                + " cells, but "
                + columns.size()
                + " destinations");
      }
      for (int i = 0; i < columns.size(); i++) {
        cell(number, words.getFirst(), columns.get(i), words.get(i + 1), cells);
      }
    }
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("line 1: the matrix is empty");
    }
    return new Matrix(columns, cells);
  }

  private static void cell(int line, String from, String to, String word, Map<Pair, Boolean> into) {
    switch (word) {
      case SELF -> {}
      case ALLOWED -> into.put(new Pair(from, to), true);
      case DENIED -> into.put(new Pair(from, to), false);
      default ->
          throw new IllegalArgumentException(
              "line " + line + ": '" + word + "' is not yes, no or . (" + from + " -> " + to + ")");
    }
  }

  /** One line per cell in which this differs from what was expected. */
  public List<String> differencesFrom(Matrix expected) {
    List<String> out = new ArrayList<>();
    expected.cells.forEach(
        (pair, want) -> {
          Boolean have = cells.get(pair);
          if (!want.equals(have)) {
            out.add(
                pair
                    + ": expected "
                    + word(want)
                    + ", got "
                    + (have == null ? "no such pair" : word(have)));
          }
        });
    cells.forEach(
        (pair, have) -> {
          if (!expected.cells.containsKey(pair)) {
            out.add(pair + ": not in the expectation, got " + word(have));
          }
        });
    return out;
  }

  private static String word(boolean allowed) {
    return allowed ? ALLOWED : DENIED;
  }
}
