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
  private static final int HASH_LENGTH = 11;
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

  /** What calls that must take turns have in common: a pod's containers share its interface. */
  String workload() {
    return isPod() ? namespace + "/" + pod : containerId;
  }

  /**
   * Name of the host's end of the wire, 15 characters at most; upstream's for {@code eth0} of pods
   * and of containers with short or hexadecimal IDs. Of other IDs the beginnings, which upstream
   * takes, may be the same. Further interfaces of a workload have names of their own, where
   * upstream has one wire only.
   *
   * @param podPrefix of interfaces of pods
   */
  String hostInterface(String podPrefix) {
    boolean first = ifName.equals("eth0");
    if (isPod()) {
      return podPrefix + hash(namespace + "." + pod + (first ? "" : "/" + ifName));
    }
    if (first && containerId.length() <= HASH_LENGTH) {
      return "cali" + containerId;
    }
    return "cali"
        + (first && containerId.matches("[0-9a-f]+")
            ? containerId.substring(0, HASH_LENGTH)
            : hash(containerId + (first ? "" : "/" + ifName)));
  }

  private static String hash(String text) {
    try {
      byte[] name = text.getBytes(StandardCharsets.UTF_8);
      byte[] hash = MessageDigest.getInstance("SHA-1").digest(name);
      return HexFormat.of().formatHex(hash).substring(0, HASH_LENGTH);
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
