package calico.benchmarks.connections;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sends SYNs, and data of an open connection, from workload a to workload b in one namespace after
 * the other, again and again, so that a machine that becomes slower is so for all.
 */
final class ConnectionBenchmark {
  static final String A = "10.65.0.1";
  static final String B = "10.65.0.2";
  private static final int ALLOWED = 8080;
  private static final int DENIED = 9999;

  /** The port of the connection that stays open. */
  private static final int OPEN_FROM = 1023;

  private static final int FLOWS = 8000;
  private static final int ROUNDS = 21;

  /** What does not count: caches are cold. */
  private static final int FIRST_ROUNDS = 2;

  private enum Kind {
    ALLOWED,
    DENIED,
    ESTABLISHED
  }

  private record Series(String variant, Kind kind) {}

  private final String flood;
  private final String namespaces;
  private final Map<Series, List<Long>> nanoseconds = new LinkedHashMap<>();

  private ConnectionBenchmark(String flood, String namespaces) {
    this.flood = flood;
    this.namespaces = namespaces;
  }

  /** FLOOD NAMESPACES SVG VARIANT..., where an empty SVG is not written. */
  public static void main(String[] args) throws Exception {
    ConnectionBenchmark benchmark = new ConnectionBenchmark(args[0], args[1]);
    List<String> variants = List.of(args).subList(3, args.length);
    for (String variant : variants) {
      benchmark.openConnection(variant);
    }
    for (int round = 0; round < FIRST_ROUNDS + ROUNDS; round++) {
      for (String variant : variants) {
        benchmark.measure(variant, round);
      }
    }
    System.out.println("nanoseconds: fastest, quarter, half");
    System.out.printf("%-12s %24s %24s %24s%n", "", "allowed", "denied", "established");
    for (String variant : variants) {
      System.out.printf("%-12s", variant);
      for (Kind kind : Kind.values()) {
        System.out.printf(" %24s", benchmark.text(new Series(variant, kind)));
      }
      System.out.println();
    }
    if (!args[2].isEmpty()) {
      Files.writeString(Path.of(args[2]), benchmark.curve(variants).svg());
    }
  }

  private Curve curve(List<String> variants) {
    Curve curve = new Curve();
    for (String variant : variants) {
      String[] parts = variant.split("-");
      List<Long> sorted = sorted(new Series(variant, Kind.ALLOWED));
      curve.add(parts[0], Integer.parseInt(parts[1]), sorted.get(sorted.size() / 4));
    }
    return curve;
  }

  private void openConnection(String variant) throws Exception {
    in(variant, "-a", flood, A, B, port(ALLOWED), port(OPEN_FROM), "1", "syn");
    in(variant, "-b", flood, B, A, port(OPEN_FROM), port(ALLOWED), "1", "answer");
  }

  private void measure(String variant, int round) throws Exception {
    for (Kind kind : Kind.values()) {
      long before = received(variant);
      long took = flood(variant, kind, round);
      long passed = received(variant) - before;
      boolean denies = kind == Kind.DENIED && !variant.startsWith("none");
      if (denies ? passed > 100 : passed < FLOWS) {
        throw new IllegalStateException(variant + ", " + kind + ": " + passed + " passed");
      }
      if (round >= FIRST_ROUNDS) {
        nanoseconds.computeIfAbsent(new Series(variant, kind), _ -> new ArrayList<>()).add(took);
      }
    }
  }

  /** Nanoseconds for each of some packets; ports of origin come again after eight rounds. */
  private long flood(String variant, Kind kind, int round) throws Exception {
    String first = port(1024 + round % 8 * FLOWS);
    String count = String.valueOf(FLOWS);
    String[] what =
        switch (kind) {
          case ALLOWED -> new String[] {flood, A, B, port(ALLOWED), first, count, "syn"};
          case DENIED -> new String[] {flood, A, B, port(DENIED), first, count, "syn"};
          case ESTABLISHED -> new String[] {flood, A, B, port(ALLOWED), port(OPEN_FROM), count, "data"};
        };
    return Long.parseLong(in(variant, "-a", what));
  }

  private static String port(int number) {
    return String.valueOf(number);
  }

  private long received(String variant) throws Exception {
    return Long.parseLong(in(variant, "-b", "cat", "/sys/class/net/eth0/statistics/rx_packets"));
  }

  private String in(String variant, String end, String... command) throws Exception {
    List<String> all = new ArrayList<>();
    all.addAll(List.of("ip", "netns", "exec", namespaces + "-" + variant + end));
    all.addAll(List.of(command));
    Process process =
        new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes()).trim();
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", all) + ": " + process.exitValue());
    }
    return output;
  }

  private List<Long> sorted(Series series) {
    return nanoseconds.get(series).stream().sorted().toList();
  }

  private String text(Series series) {
    List<Long> sorted = sorted(series);
    return "%d %d %d"
        .formatted(
            sorted.getFirst(), sorted.get(sorted.size() / 4), sorted.get(sorted.size() / 2));
  }
}
