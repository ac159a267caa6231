package calico.cni;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Versions of the CNI specification, and how results differ between them. */
final class CniVersions {
  static final List<String> SUPPORTED =
      List.of("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0");
  static final String NEWEST = SUPPORTED.getLast();

  /** What a configuration means that names none. */
  static final String UNNAMED = "0.2.0";

  private CniVersions() {}

  static void check(String version) {
    if (!SUPPORTED.contains(version)) {
      throw new CniException(
          CniException.INCOMPATIBLE_VERSION,
          "incompatible CNI version",
          "cniVersion = '" + version + "': supported are " + SUPPORTED);
    }
  }

  /** Results have a single address per family, and no interfaces. */
  static boolean isBeforeInterfaces(String version) {
    return SUPPORTED.indexOf(version) < SUPPORTED.indexOf("0.3.0");
  }

  /** Addresses name their family. */
  static boolean namesFamilies(String version) {
    return SUPPORTED.indexOf(version) < SUPPORTED.indexOf("1.0.0");
  }

  /** Interfaces tell their MTU. */
  static boolean hasMtu(String version) {
    return SUPPORTED.indexOf(version) >= SUPPORTED.indexOf("1.1.0");
  }

  /** Whether a command may be given to a plugin, with a configuration of that version. */
  static boolean has(CniRequest.Command command, String version) {
    String first =
        switch (command) {
          case ADD, DEL, VERSION, TEST -> SUPPORTED.getFirst();
          case CHECK -> "0.4.0";
          case GC, STATUS -> "1.1.0";
        };
    return SUPPORTED.indexOf(version) >= SUPPORTED.indexOf(first);
  }

  /** The answer to VERSION. */
  static Map<String, @Nullable Object> toTree() {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("cniVersion", NEWEST);
    tree.put("supportedVersions", SUPPORTED);
    return tree;
  }
}
