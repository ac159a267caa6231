package calico.felix.dataplane;

import calico.reconcile.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  @Override
  public Map<Path, Exception> apply(Map<Path, String> updates, Set<Path> deletions) {
    written.removeAll(deletions);
    Map<Path, Exception> failed = new HashMap<>();
    updates.forEach(
        (path, value) -> {
          try {
            // Writing "forwarding" has side effects even when it does not change.
            if (!read(path).equals(value)) {
              Files.writeString(path, value);
            }
            written.add(path);
          } catch (IOException e) {
            failed.put(path, e);
          }
        });
    return failed;
  }
}
