package calico.benchmarks.bgp;

import calico.model.resource.Kind;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the benchmarks are made of. */
final class Parts {
  private Parts() {}

  static <S> Resource<S> resource(Kind<S> kind, String name, Map<String, Object> spec)
      throws Exception {
    return resource(kind, Map.of("name", name), spec);
  }

  static <S> Resource<S> resource(
      Kind<S> kind, Map<String, Object> metadata, Map<String, Object> spec) throws Exception {
    Map<String, Object> tree =
        Map.of(
            "apiVersion",
            Kind.API_VERSION,
            "kind",
            kind.name(),
            "metadata",
            metadata,
            "spec",
            spec);
    @SuppressWarnings("unchecked") // the tree says the kind
    Resource<S> resource = (Resource<S>) ResourceCodec.decode(tree);
    return resource;
  }

  static void ip(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed");
    }
  }

  static void delete(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** Milliseconds in which {@code percent} of the sorted durations are, of nanoseconds. */
  static double percentile(long[] sortedNanos, int percent) {
    return sortedNanos[Math.min(sortedNanos.length - 1, sortedNanos.length * percent / 100)] / 1e6;
  }
}
