package calico.confd;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A BGP daemon that is not ours, in the namespace of a node of its own. */
final class ExternalDaemon implements AutoCloseable {
  private final List<Process> processes = new ArrayList<>();
  private final NetworkNamespace namespace;
  private final Path directory;

  ExternalDaemon(Fabric fabric, int node, Path directory) {
    this.namespace = NetworkNamespace.named(fabric.namespace(node));
    this.directory = directory;
  }

  /** A file of its configuration. */
  Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  /** A program that stays in the foreground; its output goes to a log beside its configuration. */
  void start(String... command) throws IOException {
    File log = directory.resolve("external.log").toFile();
    List<String> all = new ArrayList<>(namespace.enter());
    all.addAll(List.of(command));
    processes.add(
        new ProcessBuilder(all)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(log))
            .start());
  }

  /** What a program says in the same namespace. */
  String ask(String... command) throws Exception {
    List<String> all = new ArrayList<>(namespace.enter());
    all.addAll(List.of(command));
    return ShortCommand.run(all).words();
  }

  /** Skips the test, and says so, if a program of a package is not installed. */
  static void require(String program, String distributionPackage) {
    boolean found =
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
    if (!found) {
      skip(program + " is not installed; apt-get install " + distributionPackage);
    }
  }

  /**
   * Programs of a package that cannot be installed beside another, unpacked from the distribution.
   *
   * @return directory of its files
   */
  static Path unpack(String distributionPackage) throws Exception {
    Path root = Path.of("target", distributionPackage).toAbsolutePath();
    if (!Files.exists(root)) {
      Path download = Files.createTempDirectory("package");
      String get =
          "cd %s && apt-get download %s && dpkg -x *.deb %s"
              .formatted(download, distributionPackage, root);
      ShortCommand result = ShortCommand.run(List.of("sh", "-c", get));
      if (result.status() != 0) {
        skip("package " + distributionPackage + " cannot be had: " + result.words());
      }
    }
    return root;
  }

  private static void skip(String why) {
    System.err.println("SKIPPED, NOT TESTED: " + why);
    abort(why);
  }

  @Override
  public void close() throws Exception {
    for (Process process : processes) {
      process.destroy();
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
  }
}
