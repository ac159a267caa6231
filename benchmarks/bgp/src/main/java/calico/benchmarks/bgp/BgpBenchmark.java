package calico.benchmarks.bgp;

import java.util.List;

/** Runs the benchmarks that are named, or all. */
public final class BgpBenchmark {
  private BgpBenchmark() {}

  /**
   * {@code bird}, {@code frr}, {@code reflectors[=NODES]}, {@code mesh[=NODES]}, {@code routes}.
   */
  public static void main(String[] arguments) throws Exception {
    List<String> all = List.of("bird", "frr", "mesh=20", "mesh=50", "reflectors=200", "routes");
    for (String argument : arguments.length == 0 ? all : List.of(arguments)) {
      String[] words = argument.split("=", 2);
      int nodes = words.length == 1 ? 0 : Integer.parseInt(words[1]);
      switch (words[0]) {
        case "bird", "frr" -> ConfirmationBenchmark.run(words[0]);
        case "reflectors" -> SpeakersBenchmark.run(nodes == 0 ? 200 : nodes, true);
        case "mesh" -> SpeakersBenchmark.run(nodes == 0 ? 50 : nodes, false);
        case "routes" -> RoutesBenchmark.run();
        default ->
            throw new IllegalArgumentException(
                argument + ": bird, frr, reflectors[=NODES], mesh[=NODES] or routes");
      }
    }
  }
}
