package calico.felix.dataplane;

import calico.reconcile.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Kernel settings under {@code /proc/sys/net} and {@code /sys/class/net}. Which of them are ours
 * cannot be seen there, so reading back finds none and all that are desired are looked at again;
 * what is no longer desired is left as it is.
 */
final class SysctlTarget implements Target<Path, String> {
  @Override
  public Map<Path, String> list() {
    return Map.of();
  }

  @Override
  public Map<Path, Exception> apply(Map<Path, String> updates, Set<Path> deletions) {
    Map<Path, Exception> failed = new HashMap<>();
    updates.forEach(
        (path, value) -> {
          try {
            // Writing "forwarding" has side effects even when it does not change.
            if (!Files.readString(path).strip().equals(value)) {
              Files.writeString(path, value);
            }
          } catch (IOException e) {
            failed.put(path, e);
          }
        });
    return failed;
  }
}
