package calico.model.resource;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
   * The name that an endpoint has by its fields.
   *
   * @throws IllegalArgumentException naming the field, if one is missing or cannot be in a name
   */
  public static WorkloadEndpointName of(WorkloadEndpointSpec spec) {
    String orchestrator = given("orchestrator", spec.orchestrator());
    String workload =
        switch (orchestrator) {
          case "k8s" -> given("pod", spec.pod());
          case "cni" -> given("containerID", spec.containerID());
          case "libnetwork" -> "libnetwork";
          default -> given("workload", spec.workload());
        };
    WorkloadEndpointName name =
        new WorkloadEndpointName(
            given("node", spec.node()), orchestrator, workload, given("endpoint", spec.endpoint()));
    escape(name.node);
    escape(name.orchestrator);
    escape(name.workload);
    escape(name.endpoint);
    return name;
  }

  private static String given(String field, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException(
          "the field " + field + " is required: it is part of the name");
    }
    return value;
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
