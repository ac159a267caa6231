package calico.model.resource;

import java.util.ArrayList;
import java.util.List;

/**
 * The name of a WorkloadEndpoint resource: {@code node-orchestrator-workload-endpoint}, where a
 * hyphen inside a segment is doubled.
 *
 * @param workload the pod for orchestrator k8s, the container ID for cni, "libnetwork" for
 *     libnetwork, else the workload
 */
public record WorkloadEndpointName(
    String node, String orchestrator, String workload, String endpoint) {

  public static String compose(String orchestrator, String node, String workload, String endpoint) {
    return new WorkloadEndpointName(node, orchestrator, workload, endpoint).toString();
  }

  /**
   * Parses a name.
   *
   * @throws IllegalArgumentException if it has not four segments
   */
  public static WorkloadEndpointName parse(String name) {
    List<String> segments = new ArrayList<>();
    StringBuilder segment = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) != '-') {
        segment.append(name.charAt(i));
      } else if (i + 1 < name.length() && name.charAt(i + 1) == '-') {
        segment.append('-');
        i++;
      } else {
        segments.add(segment.toString());
        segment.setLength(0);
      }
    }
    segments.add(segment.toString());
    if (segments.size() != 4 || segments.contains("")) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' is not a workload endpoint's name: expected"
              + " node-orchestrator-workload-endpoint with each inner '-' doubled");
    }
    return new WorkloadEndpointName(
        segments.get(0), segments.get(1), segments.get(2), segments.get(3));
  }

  @Override
  public String toString() {
    return String.join("-", escape(node), escape(orchestrator), escape(workload), escape(endpoint));
  }

  private static String escape(String segment) {
    if (segment.isEmpty() || segment.startsWith("-") || segment.endsWith("-")) {
      throw new IllegalArgumentException(
          "'"
              + segment
              + "' cannot be part of a workload endpoint's name: it must not be empty"
              + " nor start or end with '-'");
    }
    return segment.replace("-", "--");
  }
}
