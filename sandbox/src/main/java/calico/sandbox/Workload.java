package calico.sandbox;

import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.json.Json;
import calico.netlink.Netns;
import calico.netlink.route.Rtnetlink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A workload: a namespace that the CNI plugin has attached to its node. */
record Workload(Topology.WorkloadSpec spec, Netns netns, Map<Family, String> addresses) {
  private static final int CNI_TIMEOUT_SECONDS = 60;

  /** Attaches a workload, as a container runtime would: by executing the CNI plugin with ADD. */
  static Workload add(
      Installation installation, NodeProcess node, Topology.WorkloadSpec spec, Netns netns)
      throws IOException {
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      rt.setUp(Wiring.indexOf(rt, "lo"));
    }
    String answer = cni(installation, node, spec, netns, "ADD");
    Map<Family, String> addresses = new EnumMap<>(Family.class);
    if (Json.parse(answer) instanceof Map<?, ?> result
        && result.get("ips") instanceof List<?> ips) {
      for (Object each : ips) {
        if (each instanceof Map<?, ?> ip && ip.get("address") instanceof String address) {
          InterfaceAddress assigned = InterfaceAddress.parse(address);
          addresses.put(assigned.ip().family(), assigned.ip().toString());
        }
      }
    }
    if (addresses.isEmpty()) {
      throw new SandboxException("the CNI plugin's answer has no address: " + answer);
    }
    return new Workload(spec, netns, addresses);
  }

  /** The first of its addresses. */
  String ip() {
    return ips().getFirst();
  }

  /** IPv4 first. */
  List<String> ips() {
    return List.copyOf(addresses.values());
  }

  /** Detaches a workload and frees its addresses: CNI DEL. */
  static void remove(Installation installation, NodeProcess node, Workload workload)
      throws IOException {
    cni(installation, node, workload.spec, workload.netns, "DEL");
  }

  private static String cni(
      Installation installation,
      NodeProcess node,
      Topology.WorkloadSpec spec,
      Netns netns,
      String command)
      throws IOException {
    Path plugin = installation.cniPlugin();
    ProcessBuilder builder = new ProcessBuilder(plugin.toString());
    builder
        .environment()
        .putAll(
            Map.of(
                "CNI_COMMAND", command,
                "CNI_CONTAINERID", containerId(spec),
                "CNI_NETNS", netns.path().toString(),
                "CNI_IFNAME", "eth0",
                "CNI_PATH", installation.cniDirectory().toString(),
                "CNI_ARGS",
                    "IgnoreUnknown=1;K8S_POD_NAMESPACE="
                        + spec.namespace()
                        + ";K8S_POD_NAME="
                        + spec.name(),
                "CALICO_ROOT", node.root().toString()));
    Process process = builder.start();
    try (var in = process.getOutputStream()) {
      in.write(Json.print(networkConfiguration(node, spec)).getBytes(StandardCharsets.UTF_8));
    }
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(CNI_TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new SandboxException(
            "the CNI plugin failed: "
                + command
                + " of "
                + spec.name()
                + " on "
                + node.name()
                + ": "
                + out
                + err);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return out;
  }

  private static Map<String, Object> networkConfiguration(
      NodeProcess node, Topology.WorkloadSpec spec) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("cniVersion", "1.0.0");
    config.put("name", "sandbox");
    config.put("type", "calico");
    config.put("nodename", node.name());
    config.put("ipam", Map.of("type", "calico-ipam", "assign_ipv4", "true", "assign_ipv6", "true"));
    config.put("policy", Map.of("type", "k8s")); // profiles by namespace
    config.put("args", Map.of("calico", Map.of("labels", spec.labels())));
    return config;
  }

  /** Container runtimes use 64 hexadecimal digits. */
  static String containerId(Topology.WorkloadSpec spec) {
    String hex =
        java.util.HexFormat.of()
            .formatHex((spec.namespace() + "/" + spec.name()).getBytes(StandardCharsets.UTF_8));
    return (hex + "0".repeat(64)).substring(0, 64);
  }
}
