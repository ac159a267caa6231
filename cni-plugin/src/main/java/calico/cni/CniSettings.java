package calico.cni;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the node daemon decides for all calls.
 *
 * @param nodeName of this node
 * @param mtuFile holds the MTU of workloads in bytes, where a configuration names none; may be
 *     absent
 * @param podInterfacePrefix of the host's ends of pods' wires: the first of Felix's interface
 *     prefixes
 * @param readinessTimeout how long ADD waits for an endpoint where a configuration does not say
 */
public record CniSettings(
    String nodeName, Path mtuFile, String podInterfacePrefix, Duration readinessTimeout) {

  /** The usual ones of a node. */
  public static CniSettings of(String nodeName) {
    return new CniSettings(
        nodeName, Path.of("/var/lib/calico/mtu"), "cali", Duration.ofSeconds(10));
  }

  /**
   * The MTU of workloads in bytes; 0, which leaves it to the kernel, if there is no file.
   *
   * @throws CniException if the file holds something else, or is required and not there
   */
  int defaultMtu(boolean required) {
    if (required && !Files.exists(mtuFile)) {
      throw new CniException(
          CniException.TRY_AGAIN,
          "the MTU is not known yet",
          "require_mtu_file = true and there is no " + mtuFile + ", which Felix writes");
    }
    try {
      return Files.exists(mtuFile) ? Integer.parseInt(Files.readString(mtuFile).strip()) : 0;
    } catch (IOException | NumberFormatException e) {
      throw CniException.generic("cannot read the MTU from " + mtuFile, e);
    }
  }
}
