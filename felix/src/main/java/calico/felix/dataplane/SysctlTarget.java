package calico.felix.dataplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import calico.reconcile.Target;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Kernel settings under {@code /proc/sys/net} and {@code /sys/class/net}. Which of them are ours
 * cannot be seen there, so those are ours that were written since the start; what is no longer
 * desired is left as it is.
 */
final class SysctlTarget implements Target<Path, String> {
  private static final int MAX_LENGTH = 64;

  private final Set<Path> written = new HashSet<>();

  @Override
  public Map<Path, String> list() {
    Map<Path, String> found = new HashMap<>();
    for (Path path : written) {
      try {
        found.put(path, read(path));
      } catch (IOException _) {
        // It has gone with its interface.
      }
    }
    return found;
  }

  private static String read(Path path) throws IOException {
    return Files.readString(path).strip();
  }

  /** Writing "forwarding" has side effects even when it does not change. */
  private static void set(Path path, String value) throws IOException {
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer found = ByteBuffer.allocate(MAX_LENGTH);
      int length = Math.max(0, file.read(found, 0));
      if (!new String(found.array(), 0, length, UTF_8).strip().equals(value)) {
        file.write(ByteBuffer.wrap(value.getBytes(UTF_8)), 0);
      }
    }
  }

  @Override
  public Map<Path, Exception> apply(Map<Path, String> updates, Set<Path> deletions) {
    written.removeAll(deletions);
    Map<Path, Exception> failed = new HashMap<>();
    updates.forEach(
        (path, value) -> {
          try {
            set(path, value);
            written.add(path);
          } catch (IOException e) {
            failed.put(path, e);
          }
        });
    return failed;
  }
}
