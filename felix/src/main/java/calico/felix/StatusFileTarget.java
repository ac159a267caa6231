package calico.felix;

import calico.reconcile.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** All files of a directory: content by name. Who reads one never sees a part of it. */
final class StatusFileTarget implements Target<String, String> {
  private static final String DIRECTORY = "endpoint-status";

  private final Path directory;

  /** Outside, where nobody takes it for one of the files. */
  private final Path next;

  StatusFileTarget(Path prefix) {
    this.directory = prefix.resolve(DIRECTORY);
    this.next = prefix.resolve(DIRECTORY + ".new");
  }

  @Override
  public Map<String, String> list() throws IOException {
    Files.createDirectories(directory);
    Map<String, String> found = new HashMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (!Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          found.put(entry.getFileName().toString(), content(entry));
        }
      }
    }
    return found;
  }

  /** What cannot be read is as good as wrong. */
  private static String content(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException _) {
      return "";
    }
  }

  @Override
  public Map<String, Exception> apply(Map<String, String> updates, Set<String> deletions) {
    Map<String, Exception> failed = new HashMap<>();
    updates.forEach(
        (name, content) -> {
          try {
            Files.writeString(next, content);
            Files.move(
                next,
                directory.resolve(name),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
          } catch (IOException e) {
            failed.put(name, e);
          }
        });
    for (String name : deletions) {
      try {
        Files.deleteIfExists(directory.resolve(name));
      } catch (IOException e) {
        failed.put(name, e);
      }
    }
    return failed;
  }
}
