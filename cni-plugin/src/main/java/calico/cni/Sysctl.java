package calico.cni;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Kernel settings under /proc/sys/net, of the network namespace of the calling thread. */
final class Sysctl {
  private static final Logger LOG = LoggerFactory.getLogger(Sysctl.class);
  private static final Path ROOT = Path.of("/proc/sys/net");

  private Sysctl() {}

  /**
   * Sets one.
   *
   * @param path below /proc/sys/net
   * @throws CniException if the kernel does not take it
   */
  static void set(String path, String value) {
    try {
      Files.writeString(ROOT.resolve(path), value);
    } catch (IOException e) {
      throw CniException.generic("cannot set /proc/sys/net/" + path + " to " + value, e);
    }
  }

  /** As {@link #set}, for what is good to have but not needed. */
  static void trySet(String path, String value) {
    try {
      Files.writeString(ROOT.resolve(path), value);
    } catch (IOException e) {
      LOG.warn("cannot set /proc/sys/net/{} to {}: {}", path, value, e.toString());
    }
  }
}
