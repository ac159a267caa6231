package calico.confd;

import calico.reconcile.EventLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of the user's own that a directory describes, each {@code NAME.yaml} a {@link
 * UserFile}. They are made on a thread of their own: their commands hold up nothing else. One that
 * cannot be made keeps none of the others from being made, and is tried again with the next change.
 */
final class UserFiles implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(UserFiles.class);

  private final Path directory;
  private final Consumer<List<String>> onProblems;
  private final EventLoop loop;

  /** The facts that wait to be used; later ones take their place. */
  private final AtomicReference<@Nullable String> waiting = new AtomicReference<>();

  /**
   * @param onProblems told after each round what is wrong, a sentence each
   */
  UserFiles(Path directory, Consumer<List<String>> onProblems) {
    this.directory = directory;
    this.onProblems = onProblems;
    this.loop = new EventLoop("confd-files", e -> log.error("files failed", e));
  }

  /** Has the files made from these facts, soon. */
  void make(String facts) {
    if (waiting.getAndSet(facts) == null) {
      loop.execute(
          () -> {
            String now = waiting.getAndSet(null);
            if (now != null) {
              onProblems.accept(makeAll(now));
            }
          });
    }
  }

  private List<String> makeAll(String facts) {
    List<String> problems = new ArrayList<>();
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : entries.filter(UserFiles::isDescription).sorted().toList()) {
        try {
          UserFile.parse(Files.readString(entry)).make(facts);
        } catch (UserFile.Unusable e) {
          problems.add(entry + ": " + e.getMessage());
        } catch (IOException e) {
          problems.add(entry + ": " + e);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException _) {
      return List.of(); // nobody wants any
    } catch (IOException e) {
      problems.add(directory + ": " + e);
    }
    problems.forEach(problem -> log.warn("{}", problem));
    return problems;
  }

  private static boolean isDescription(Path entry) {
    return entry.getFileName().toString().endsWith(".yaml");
  }

  @Override
  public void close() {
    loop.close();
  }
}
