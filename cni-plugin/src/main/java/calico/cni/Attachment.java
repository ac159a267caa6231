package calico.cni;

import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.WorkloadEndpointName;
import calico.model.resource.WorkloadEndpointSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a request is about: one interface of one container, and the names it has everywhere.
 *
 * @param orchestrator "k8s" for a pod, else "cni"
 * @param pod empty outside Kubernetes
 */
record Attachment(
    String network,
    String node,
    String orchestrator,
    String namespace,
    String pod,
    String containerId,
    String ifName) {
  static final String NAMESPACE_LABEL = "projectcalico.org/namespace";
  static final String ORCHESTRATOR_LABEL = "projectcalico.org/orchestrator";

  static Attachment of(CniRequest request, NetConf conf, String node) {
    String pod = request.args().getOrDefault("K8S_POD_NAME", "");
    String namespace = request.args().getOrDefault("K8S_POD_NAMESPACE", "");
    boolean kubernetes = !pod.isEmpty() && !namespace.isEmpty();
    return new Attachment(
        conf.name(),
        conf.nodeName().isEmpty() ? node : conf.nodeName(),
        kubernetes ? "k8s" : "cni",
        kubernetes ? namespace : conf.labels().getOrDefault(NAMESPACE_LABEL, "default"),
        kubernetes ? pod : "",
        request.containerId(),
        request.ifName());
  }

  boolean isPod() {
    return orchestrator.equals("k8s");
  }

  /** Under which IPAM finds its addresses. */
  String handle() {
    return network + "." + containerId;
  }

  ResourceKey<WorkloadEndpointSpec> endpoint() {
    String name =
        WorkloadEndpointName.compose(orchestrator, node, isPod() ? pod : containerId, ifName);
    return ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, namespace, name);
  }

  /**
   * Name of the host's end of the wire, 15 characters at most.
   *
   * @param podPrefix of interfaces of pods
   */
  String hostInterface(String podPrefix) {
    if (!isPod()) {
      return "cali" + containerId.substring(0, Math.min(11, containerId.length()));
    }
    try {
      byte[] name = (namespace + "." + pod).getBytes(StandardCharsets.UTF_8);
      byte[] hash = MessageDigest.getInstance("SHA-1").digest(name);
      return podPrefix + HexFormat.of().formatHex(hash).substring(0, 11);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /** What the allocation of its addresses says about it. */
  Map<String, String> ipamAttributes(String timestamp) {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("node", node);
    attributes.put("timestamp", timestamp);
    if (isPod()) {
      attributes.put("pod", pod);
      attributes.put("namespace", namespace);
    }
    return attributes;
  }

  @Override
  public String toString() {
    return (isPod() ? "pod " + namespace + "/" + pod + ", " : "")
        + "container "
        + containerId
        + ", interface "
        + ifName;
  }
}
