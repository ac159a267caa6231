package calico.felix.dataplane;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file from which new workloads' interfaces take their MTU. */
final class WorkloadMtu {
  private static final Logger LOG = LoggerFactory.getLogger(WorkloadMtu.class);

  private final @Nullable Path file;
  private int written;

  WorkloadMtu(@Nullable Path file) {
    this.file = file;
  }

  /** Sees to it that the file says so; who reads it meanwhile reads all of the old or the new. */
  void write(int mtu) {
    if (file == null || (mtu == written && Files.exists(file))) {
      return;
    }
    try {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Path next = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(next, Integer.toString(mtu));
      Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      LOG.info("MTU of new workloads: mtu={} file={}", mtu, file);
      written = mtu;
    } catch (IOException e) {
      LOG.warn("MTU of new workloads cannot be written: file={} error={}", file, e.toString());
    }
  }
}
