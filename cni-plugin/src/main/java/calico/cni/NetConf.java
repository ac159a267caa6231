package calico.cni;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The network configuration of a call. Keys that concern how upstream's executable reaches its
 * datastore or logs ({@code etcd_*}, {@code log_*}, {@code nodename_file} ...) are accepted and
 * have no effect: the node daemon has both.
 *
 * @param name of the network
 * @param mtu in bytes, 0 for the node's default
 * @param nodeName empty for the daemon's
 * @param policyType "" or "k8s"
 * @param labels for the endpoint, from {@code args}
 * @param readinessTimeout how long ADD waits for the endpoint; the daemon's default if not given
 * @param validAttachments for GC: container IDs and interface names still in use, as {@code
 *     ID/IFNAME}
 */
record NetConf(
    String cniVersion,
    String name,
    int mtu,
    String nodeName,
    Ipam ipam,
    String policyType,
    boolean allowIpForwarding,
    Map<String, String> labels,
    Duration readinessTimeout,
    Set<String> validAttachments) {

  /**
   * Section {@code ipam}.
   *
   * @param type the plugin's name; "calico-ipam" is served by the daemon
   * @param ipv4Pools names or CIDRs, empty for the usual choice; so is ipv6Pools
   */
  record Ipam(
      String type, boolean ipv4, boolean ipv6, List<String> ipv4Pools, List<String> ipv6Pools) {}

  /**
   * Reads a configuration.
   *
   * @throws CniException naming the field that is wrong
   */
  static NetConf parse(Fields f, Duration defaultReadinessTimeout) {
    String version = version(f);
    CniVersions.check(version);
    String name = f.text("name", "");
    if (!name.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]*")) {
      throw CniException.badConfig("name", name, "must be letters, digits, '_', '.', '-'");
    }
    String device = f.text("device_type", "veth");
    if (!device.isEmpty() && !device.equals("veth")) {
      throw CniException.badConfig("device_type", device, "only veth is supported");
    }
    String policyType = f.object("policy").text("type", "");
    if (!policyType.isEmpty() && !policyType.equals("k8s")) {
      throw CniException.badConfig("policy.type", policyType, "must be empty or k8s");
    }
    Fields ipam = f.object("ipam");
    String nodeName = f.text("nodename", "");
    int timeoutSeconds = f.number("policy_setup_timeout_seconds", 0);
    return new NetConf(
        version,
        name,
        f.number("mtu", 0),
        nodeName.isEmpty() ? f.object("kubernetes").text("node_name", "") : nodeName,
        new Ipam(
            ipam.text("type", ""),
            ipam.flag("assign_ipv4", true),
            ipam.flag("assign_ipv6", false),
            ipam.texts("ipv4_pools"),
            ipam.texts("ipv6_pools")),
        policyType,
        f.object("container_settings").flag("allow_ip_forwarding", false),
        labels(f.object("args")),
        timeoutSeconds == 0 ? defaultReadinessTimeout : Duration.ofSeconds(timeoutSeconds),
        Set.copyOf(
            f.objects("cni.dev/valid-attachments").stream()
                .map(a -> a.text("containerID", "") + "/" + a.text("ifname", ""))
                .toList()));
  }

  /** The version a configuration is written in, which its answer must have, errors included. */
  static String version(Fields f) {
    String version = f.text("cniVersion", "");
    return version.isEmpty() ? CniVersions.UNNAMED : version;
  }

  private static Map<String, String> labels(Fields args) {
    Map<String, String> labels = new LinkedHashMap<>();
    List<Fields> listed =
        args.object("org.apache.mesos").object("network_info").object("labels").objects("labels");
    listed.forEach(l -> labels.put(l.text("key", ""), l.text("value", "")));
    args.object("cni")
        .objects("labels")
        .forEach(l -> labels.put(l.text("key", ""), l.text("value", "")));
    labels.putAll(args.object("calico").object("labels").textMap());
    return labels;
  }
}
