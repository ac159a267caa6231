package calico.benchmarks;

import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes resources as if they had been read: no two share a string. */
final class Resources {
  private static final String[] MARKERS = {
    "FOO_BAR", "FOO_BAR", "BIFF_BOP", "calico/FizzBuzz", "calico/BoffBip", "calico/Bazzle",
    "calico/Razzle", "calico/DoopDeeDoo", "calico/SOME_LABEL", "calico/BORED_NOW", "MyMarkerLabel",
    "xFOO_BAR", "xBIFF_BOP", "xcalico/FizzBuzz", "xcalico/BoffBip", "xcalico/Bazzle",
    "xcalico/Razzle", "xcalico/DoopDeeDoo", "xcalico/SOME_LABEL", "xcalico/BORED_NOW",
    "yxMyMarkerLabel", "yxFOO_BAR", "yxBIFF_BOP", "yxcalico/FizzBuzz", "yxcalico/BoffBip",
    "yxcalico/Bazzle", "yxcalico/Razzle", "yxcalico/DoopDeeDoo", "yxcalico/SOME_LABEL",
    "yxcalico/BORED_NOW", "yxMyMarkerLabel"
  };

  private static final int[] SET_SIZES = {1, 1, 1, 1, 2, 3, 4, 5, 100, 1000};

  private int addresses = 0x0a000001;
  private int labelled;

  /** A value to give to the graph under its key. */
  record Update<S>(ResourceKey<S> key, Resource<S> resource) {}

  private static <S> Update<S> update(
      Kind<S> kind,
      @Nullable String namespace,
      String name,
      Map<String, String> labels,
      Map<String, ?> spec) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", name);
    metadata.put("labels", labels);
    if (namespace != null) {
      metadata.put("namespace", namespace);
    }
    Resource<S> resource = ResourceCodec.decode(kind, Map.of("metadata", metadata, "spec", spec));
    return new Update<>(ResourceKey.of(resource), resource);
  }

  private String address() {
    int a = addresses++;
    return (a >>> 24) + "." + (a >> 16 & 255) + "." + (a >> 8 & 255) + "." + (a & 255);
  }

  /** An endpoint of a namespace. */
  Update<?> endpoint(String node, String namespace, String pod, Map<String, String> labels) {
    return update(
        Kinds.WORKLOAD_ENDPOINT,
        namespace,
        node + "-k8s-" + pod + "-eth0",
        labels,
        Map.of(
            "node", node,
            "orchestrator", "k8s",
            "pod", pod,
            "endpoint", "eth0",
            "interfaceName", "cali" + pod,
            "ipNetworks", List.of(address() + "/32"),
            "profiles", List.of("kns." + namespace)));
  }

  /** Endpoints spread over 100 namespaces, with six labels each. */
  List<Update<?>> endpoints(String node, int count) {
    List<Update<?>> all = new ArrayList<>(count);
    for (int n = 0; n < count; n++) {
      labelled++;
      Map<String, String> labels = new LinkedHashMap<>();
      for (int in : new int[] {10, 11, 20, 30, 40}) {
        labels.put("one-in-" + in, "value-" + labelled % in);
      }
      labels.put(copy(MARKERS[labelled % MARKERS.length]), copy("true"));
      all.add(endpoint(node, "namespace" + n % 100, "w" + n, labels));
    }
    return all;
  }

  private static String copy(String text) {
    return String.valueOf(text.toCharArray());
  }

  /** A namespace's profile. */
  Update<?> profile(String namespace, Map<String, String> labels) {
    Map<String, String> all = new LinkedHashMap<>(labels);
    all.put("pcns.projectcalico.org/name", namespace);
    return update(
        Kinds.PROFILE, null, "kns." + namespace, Map.of(), Map.of("labelsToApply", all));
  }

  List<Update<?>> profiles(int count) {
    List<Update<?>> all = new ArrayList<>(count);
    for (int n = 0; n < count; n++) {
      all.add(profile("namespace" + n, Map.of()));
    }
    return all;
  }

  /** A policy of which each rule allows what one selector selects. */
  Update<?> policy(String name, String selector, List<String> sources) {
    return update(
        Kinds.GLOBAL_NETWORK_POLICY,
        null,
        name,
        Map.of(),
        Map.of(
            "selector",
            selector,
            "types",
            List.of("Ingress"),
            "ingress",
            sources.stream()
                .map(s -> Map.of("action", "Allow", "source", Map.of("selector", copy(s))))
                .toList()));
  }

  /** Policies with a label in their selector and in each of five rules. */
  List<Update<?>> labelPolicies(int count) {
    List<Update<?>> all = new ArrayList<>(count);
    for (int n = 0; n < count; n++) {
      List<String> sources = new ArrayList<>();
      for (int rule = 0; rule < 5; rule++) {
        sources.add("has(" + MARKERS[(n + rule) % MARKERS.length] + ")");
      }
      all.add(policy("tag-pol-" + n, "has(" + MARKERS[n % MARKERS.length] + ")", sources));
    }
    return all;
  }

  /** Network sets of 1 to 1000 addresses, each with a policy for all endpoints that allows it. */
  List<Update<?>> networkSets(int count) {
    List<Update<?>> all = new ArrayList<>(2 * count);
    for (int n = 0; n < count; n++) {
      List<String> nets = new ArrayList<>();
      for (int i = 0; i < SET_SIZES[n % SET_SIZES.length]; i++) {
        nets.add(address());
      }
      String name = "network-set-" + n;
      all.add(
          update(
              Kinds.GLOBAL_NETWORK_SET,
              null,
              name,
              Map.of("network-set-name", name),
              Map.of("nets", nets)));
      all.add(policy(name, "all()", List.of("network-set-name == '" + name + "'")));
    }
    return all;
  }

  /** A customer's namespace: profile and a policy that allows traffic inside of it, and DNS. */
  List<Update<?>> customer(int n) {
    String namespace = "customer" + n;
    String own = "projectcalico.org/namespace == '" + namespace + "'";
    Map<String, ?> isolation =
        Map.of(
            "types", List.of("Ingress", "Egress"),
            "ingress", List.of(Map.of("action", "Allow", "source", Map.of("selector", own))),
            "egress",
                List.of(
                    Map.of("action", "Allow", "destination", Map.of("selector", own)),
                    Map.of(
                        "action",
                        "Allow",
                        "protocol",
                        "UDP",
                        "destination",
                        Map.of("nets", List.of("10.96.0.10/32"), "ports", List.of(53L)))));
    return List.of(
        profile(
            namespace,
            Map.of("namespace-id", text(n, 20), "production", String.valueOf(n % 2 == 0))),
        update(Kinds.NETWORK_POLICY, namespace, "isolation", Map.of(), isolation));
  }

  /** A customer's endpoint, with 15 labels, of which 5 are its own. */
  Update<?> customerEndpoint(String node, int n) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("pod-id", text(n * 5, 20));
    labels.put("instance-id", text(n * 5 + 1, 20));
    labels.put("short-id", text(n * 5 + 2, 10));
    labels.put("config-hash", text(n * 5 + 3, 20));
    labels.put("version-tag", text(n * 5 + 4, 8));
    labels.put("enabled", String.valueOf(n & 1));
    labels.put("debug", String.valueOf(n >> 1 & 1));
    labels.put("canary", String.valueOf(n >> 2 & 1));
    labels.put("managed", String.valueOf(n >> 3 & 1));
    labels.put("environment", "environment" + n % 3);
    labels.put("tier", "tier" + n % 4);
    labels.put("region", "region" + n % 4);
    labels.put("team", "team" + n % 5);
    labels.put("managed-by", copy("saas-controller"));
    labels.put("tenant-id", text(n % 5000, 10));
    return endpoint(node, "customer" + n, "w" + n, labels);
  }

  /** The same for the same number. */
  private static String text(long n, int length) {
    StringBuilder out = new StringBuilder();
    long v = n * 2654435761L + 1;
    for (int i = 0; i < length; i++) {
      out.append("abcdef0123456789".charAt((int) Long.remainderUnsigned(v, 16)));
      v = v * 6364136223846793005L + 1442695040888963407L;
    }
    return out.toString();
  }
}
