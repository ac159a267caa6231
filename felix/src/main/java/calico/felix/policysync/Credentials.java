package calico.felix.policysync;

import calico.felix.state.StateKey.Endpoint;
import calico.model.json.Json;
import calico.model.json.JsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Whose a socket is, as the driver that mounts it into a pod writes it down: JSON with {@code
 * Namespace} and {@code Workload}, the pod's name, beside others. Case of names does not count.
 */
record Credentials(String namespace, String workload) {

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read, or does not (yet) say whose the socket is
   */
  static Credentials read(Path file) throws IOException {
    Object tree;
    try {
      tree = Json.parse(Files.readAllBytes(file));
    } catch (JsonException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    String namespace = "";
    String workload = "";
    if (tree instanceof Map<?, ?> members) {
      for (Map.Entry<?, ?> e : members.entrySet()) {
        if (e.getValue() instanceof String value) {
          switch (e.getKey().toString().toLowerCase(Locale.ROOT)) {
            case "namespace" -> namespace = value;
            case "workload" -> workload = value;
            default -> {} // UID and service account
          }
        }
      }
    }
    if (namespace.isEmpty() || workload.isEmpty()) {
      throw new IOException(file + ": 'Namespace' or 'Workload' is missing");
    }
    return new Credentials(namespace, workload);
  }

  /** The pod's endpoint; pods have one. */
  Endpoint endpoint() {
    return new Endpoint("k8s", namespace + "/" + workload, "eth0");
  }
}
