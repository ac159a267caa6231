package calico.cni;

import calico.model.resource.EndpointPort;
import calico.model.resource.Protocol;
import calico.model.resource.Unknown;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the API server says about a pod, as far as its endpoint takes it over.
 *
 * @param annotations the pod's
 * @param namespaceAnnotations those of its namespace
 * @param ports of its containers that have names or are mapped to ports of the host
 * @param serviceAccount may be empty
 */
record Pod(
    Map<String, String> labels,
    Map<String, String> annotations,
    Map<String, String> namespaceAnnotations,
    Map<String, String> namespaceLabels,
    List<EndpointPort> ports,
    String serviceAccount) {
  /** Longer ones are no labels' values. */
  private static final int LONGEST_LABEL = 63;

  static final Pod UNKNOWN = new Pod(Map.of(), Map.of(), Map.of(), Map.of(), List.of(), "default");

  static Pod read(KubernetesApi api, Attachment attachment) {
    String path = path(attachment);
    return of(api.get(path), api.get(path + "/pods/" + attachment.pod()));
  }

  /** The labels of a pod's namespace alone; none if there is no API server to ask, or no pod. */
  static Map<String, String> namespaceLabels(NetConf conf, Attachment attachment) {
    return attachment.isPod()
        ? KubernetesApi.of(conf.kubernetes())
            .map(api -> labels(api.get(path(attachment))))
            .orElse(Map.of())
        : Map.of();
  }

  private static String path(Attachment attachment) {
    return "/api/v1/namespaces/" + attachment.namespace();
  }

  private static Map<String, String> labels(Fields object) {
    return object.object("metadata").object("labels").textMap();
  }

  static Pod of(Fields namespace, Fields pod) {
    Fields spec = pod.object("spec");
    String account = spec.text("serviceAccountName", "");
    Map<String, String> labels = new LinkedHashMap<>(labels(pod));
    if (!account.isEmpty() && account.length() < LONGEST_LABEL) {
      labels.put("projectcalico.org/serviceaccount", account);
    }
    List<EndpointPort> ports = new ArrayList<>();
    for (String containers : List.of("containers", "initContainers")) {
      for (Fields container : spec.objects(containers)) {
        container.objects("ports").forEach(port -> addPort(ports, port));
      }
    }
    return new Pod(
        labels,
        pod.object("metadata").object("annotations").textMap(),
        namespace.object("metadata").object("annotations").textMap(),
        labels(namespace),
        ports,
        account);
  }

  private static void addPort(List<EndpointPort> ports, Fields port) {
    String name = port.text("name", "");
    int number = port.number("containerPort", 0);
    int hostPort = port.number("hostPort", 0);
    String protocol = port.text("protocol", "TCP");
    if (number == 0
        || (name.isEmpty() && hostPort == 0)
        || !List.of("TCP", "UDP", "SCTP").contains(protocol)) {
      return;
    }
    ports.add(
        new EndpointPort(
            name,
            Protocol.parse(protocol),
            number,
            hostPort,
            port.text("hostIP", ""),
            Unknown.NONE));
  }

  /** Of the namespace and of the service account. */
  List<String> profiles(String namespace) {
    String ofNamespace = "kns." + namespace;
    return serviceAccount.isEmpty()
        ? List.of(ofNamespace)
        : List.of(ofNamespace, "ksa." + namespace + "." + serviceAccount);
  }
}
