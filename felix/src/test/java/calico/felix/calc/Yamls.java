package calico.felix.calc;

import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.WorkloadEndpointName;
import java.util.ArrayList;
import java.util.List;

/** Resources from YAML, the way users write them; and the YAML of the most frequent ones. */
final class Yamls {
  private Yamls() {}

  static List<Resource<?>> resources(String yaml) {
    List<Resource<?>> resources = new ArrayList<>();
    for (YamlDocument document : Yaml.parse(yaml)) {
      if (document.tree() != null) {
        resources.add(ResourceCodec.decode(document.tree()));
      }
    }
    return resources;
  }

  /** A pod's endpoint; {@code more} are further fields of its spec. */
  static String pod(String node, String name, String ip, String labels, String more) {
    String namespace = name.substring(0, name.indexOf('/'));
    String pod = name.substring(name.indexOf('/') + 1);
    return document(
        "WorkloadEndpoint",
        "{name: %s, namespace: %s, labels: {%s}}"
            .formatted(WorkloadEndpointName.compose("k8s", node, pod, "eth0"), namespace, labels),
        ("node: %s, orchestrator: k8s, pod: %s, endpoint: eth0, ipNetworks: [\"%s\"],"
                + " interfaceName: cali-%s, %s")
            .formatted(node, pod, ip, pod, more));
  }

  static String globalPolicy(String name, String spec) {
    return document("GlobalNetworkPolicy", "{name: " + name + "}", spec);
  }

  static String policy(String name, String spec) {
    String namespace = name.substring(0, name.indexOf('/'));
    return document(
        "NetworkPolicy",
        "{name: %s, namespace: %s}".formatted(name.substring(name.indexOf('/') + 1), namespace),
        spec);
  }

  static String tier(String name, String spec) {
    return document("Tier", "{name: " + name + "}", spec);
  }

  static String profile(String name, String spec) {
    return document("Profile", "{name: " + name + "}", spec);
  }

  static String globalSet(String name, String labels, String nets) {
    return document(
        "GlobalNetworkSet",
        "{name: %s, labels: {%s}}".formatted(name, labels),
        "nets: [" + nets + "]");
  }

  static String pool(String name, String spec) {
    return document("IPPool", "{name: " + name + "}", spec);
  }

  static String document(String kind, String metadata, String spec) {
    return """
        ---
        apiVersion: projectcalico.org/v3
        kind: %s
        metadata: %s
        spec: {%s}
        """
        .formatted(kind, metadata, spec);
  }
}
