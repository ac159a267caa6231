package calico.confd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a confd tells other processes of its machine what is wrong: {@link ConfdStatus#problems}, a
 * line each. It is replaced as a whole.
 */
public record ProblemsFile(Path path) {
  private static final Logger log = LoggerFactory.getLogger(ProblemsFile.class);

  /** What is wrong now. */
  public void write(ConfdStatus status) {
    Path next = path.resolveSibling(path.getFileName() + ".new");
    try {
      Files.createDirectories(path.toAbsolutePath().getParent());
      Files.write(next, status.problems());
      Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      log.warn("cannot tell what is wrong file={}: {}", path, e.toString());
    }
  }

  /** What is wrong; empty if nothing is, or no confd has been here. */
  public List<String> read() throws IOException {
    try {
      return Files.readAllLines(path);
    } catch (NoSuchFileException _) {
      return List.of();
    }
  }

  /** What is wrong with single resources. */
  public List<String> faults() throws IOException {
    return read().stream().filter(line -> !line.startsWith(ConfdStatus.ERROR)).toList();
  }

  /** Why nothing new has effect. */
  public List<String> errors() throws IOException {
    return read().stream()
        .filter(line -> line.startsWith(ConfdStatus.ERROR))
        .map(line -> line.substring(ConfdStatus.ERROR.length()))
        .toList();
  }
}
