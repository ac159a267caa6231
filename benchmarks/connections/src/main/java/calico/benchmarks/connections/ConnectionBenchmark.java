package calico.benchmarks.connections;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sends SYNs from workload a to workload b in one namespace after the other, again and again, so
 * that a machine that becomes slower is so for all.
 */
final class ConnectionBenchmark {
  static final String A = "10.65.0.1";
  static final String B = "10.65.0.2";
  private static final int ALLOWED = 8080;
  private static final int DENIED = 9999;
  private static final int FLOWS = 8000;
  private static final int ROUNDS = 21;

  /** What does not count: caches are cold. */
  private static final int FIRST_ROUNDS = 2;

  private final String flood;
  private final String namespaces;
  private final Map<String, List<Long>> nanoseconds = new LinkedHashMap<>();

  private ConnectionBenchmark(String flood, String namespaces) {
    this.flood = flood;
    this.namespaces = namespaces;
  }

  /** FLOOD NAMESPACES VARIANT... */
  public static void main(String[] args) throws Exception {
    ConnectionBenchmark benchmark = new ConnectionBenchmark(args[0], args[1]);
    List<String> variants = List.of(args).subList(2, args.length);
    for (int round = 0; round < FIRST_ROUNDS + ROUNDS; round++) {
      for (String variant : variants) {
        benchmark.measure(variant, round);
      }
    }
    System.out.printf(
        "%-12s %33s %33s%n", "", "allowed: fastest, quarter, half", "denied: likewise");
    for (String variant : variants) {
      System.out.printf(
          "%-12s %33s %33s%n",
          variant, benchmark.text(variant + ALLOWED), benchmark.text(variant + DENIED));
    }
  }

  private void measure(String variant, int round) throws Exception {
    long before = received(variant);
    long allowed = flood(variant, ALLOWED, round);
    long passed = received(variant) - before;
    if (passed < FLOWS) {
      throw new IllegalStateException(variant + ": " + passed + " passed of " + FLOWS);
    }
    before = received(variant);
    long denied = flood(variant, DENIED, round);
    if (!variant.startsWith("none") && received(variant) - before > 100) {
      throw new IllegalStateException(variant + ": what is denied has passed");
    }
    if (round >= FIRST_ROUNDS) {
      nanoseconds.computeIfAbsent(variant + ALLOWED, _ -> new ArrayList<>()).add(allowed);
      nanoseconds.computeIfAbsent(variant + DENIED, _ -> new ArrayList<>()).add(denied);
    }
  }

  /** Nanoseconds for each of some SYNs, whose ports of origin come again after eight rounds. */
  private long flood(String variant, int port, int round) throws Exception {
    String first = String.valueOf(1024 + round % 8 * FLOWS);
    return Long.parseLong(
        in(variant, "-a", flood, A, B, String.valueOf(port), first, String.valueOf(FLOWS)));
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

  private String text(String of) {
    List<Long> sorted = nanoseconds.get(of).stream().sorted().toList();
    return sorted.getFirst()
        + " "
        + sorted.get(sorted.size() / 4)
        + " "
        + sorted.get(sorted.size() / 2);
  }
}
