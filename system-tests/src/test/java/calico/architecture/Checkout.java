package calico.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The source tree under test. */
final class Checkout {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private Checkout() {}

  /** Folders of Maven modules. */
  static List<Path> modules() {
    try (Stream<Path> entries = Files.list(ROOT)) {
      return entries.filter(d -> Files.exists(d.resolve("pom.xml"))).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every Java source below {@code src/SET/java} of every module. */
  static List<Path> sources(String set) {
    return modules().stream()
        .map(m -> m.resolve("src").resolve(set).resolve("java"))
        .filter(Files::exists)
        .flatMap(Checkout::javaFiles)
        .toList();
  }

  private static Stream<Path> javaFiles(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(f -> f.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
