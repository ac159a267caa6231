package calico.benchmarks.connections;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Microseconds of a new connection against numbers of policies, both in logarithmic scale. */
final class Curve {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 320;
  private static final int MARGIN = 60;
  private static final double MOST_POLICIES = 1000;
  private static final double LEAST = 2;
  private static final double MOST = 200;
  private static final int[] POLICIES = {1, 10, 100, 1000};
  private static final int[] MICROSECONDS = {2, 5, 10, 20, 50, 100, 200};
  private static final Map<String, String> COLORS =
      Map.of("tried", "#c0392b", "tables", "#2471a3", "none", "#7f8c8d");

  private final Map<String, TreeMap<Integer, Long>> nanoseconds = new LinkedHashMap<>();

  void add(String kind, int policies, long nanos) {
    nanoseconds.computeIfAbsent(kind, _ -> new TreeMap<>()).put(policies, nanos);
  }

  String svg() {
    StringBuilder out = new StringBuilder();
    out.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n"
            .formatted(WIDTH, HEIGHT));
    out.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    for (int policies : POLICIES) {
      line(out, x(policies), y(LEAST), x(policies), y(MOST));
      text(out, x(policies) - 8, y(LEAST) + 18, String.valueOf(policies));
    }
    for (int us : MICROSECONDS) {
      line(out, x(1), y(us), x(MOST_POLICIES), y(us));
      text(out, x(1) - 48, y(us) + 4, us + " us");
    }
    text(out, x(10), y(LEAST) + 38, "policies of ten rules, of which the last allows");
    nanoseconds.forEach((kind, points) -> draw(out, kind, points));
    return out.append("</svg>\n").toString();
  }

  /** Without rules there is one figure, which is drawn as a level. */
  private static void draw(StringBuilder out, String kind, TreeMap<Integer, Long> points) {
    TreeMap<Integer, Long> drawn = new TreeMap<>(points);
    if (points.size() == 1) {
      long level = drawn.remove(points.firstKey());
      drawn.put(1, level);
      drawn.put(500, level);
    }
    String color = COLORS.get(kind);
    StringBuilder way = new StringBuilder();
    drawn.forEach((n, ns) -> way.append(format("%.1f,%.1f ", x(n), y(ns / 1000.0))));
    out.append(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n"
            .formatted(way.toString().strip(), color));
    int beside = kind.equals("tables") ? 16 : -6;
    points.forEach(
        (n, ns) ->
            text(
                out,
                x(Math.max(n, 1)) - 8,
                y(ns / 1000.0) + beside,
                format("%.1f", ns / 1000.0)));
    text(out, x(560), y(drawn.lastEntry().getValue() / 1000.0) + 4, kind);
  }

  private static void line(StringBuilder out, double x1, double y1, double x2, double y2) {
    out.append(
        format(
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>%n",
            x1, y1, x2, y2));
  }

  private static void text(StringBuilder out, double x, double y, String text) {
    out.append(format("<text x=\"%.1f\" y=\"%.1f\">%s</text>%n", x, y, text));
  }

  private static double x(double policies) {
    return MARGIN + Math.log(policies) / Math.log(MOST_POLICIES) * (WIDTH - 2 * MARGIN);
  }

  private static double y(double microseconds) {
    double part = Math.log(microseconds / LEAST) / Math.log(MOST / LEAST);
    return HEIGHT - MARGIN - part * (HEIGHT - 1.5 * MARGIN);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
