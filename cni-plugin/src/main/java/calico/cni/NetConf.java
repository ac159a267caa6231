package calico.cni;

import calico.model.Cidr;
import java.time.Duration;
import java.util.ArrayList;
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
 * @param requireMtuFile whether there must be a file with the node's default
 * @param queues of packets, at each end of a wire and in each direction
 * @param nodeName empty for the daemon's
 * @param policyType "" or "k8s": labels, profiles and annotations are the pod's
 * @param kubernetes how to reach the API server, where pods and namespaces are read
 * @param features that annotations may ask for
 * @param includeDefaultRoutes whether the container gets the default route besides routes of its
 *     own
 * @param readinessGates URLs that must answer before ADD does anything
 * @param labels for the endpoint, from {@code args}
 * @param readinessTimeout how long ADD waits for the endpoint; the daemon's default if not given
 * @param validAttachments for GC: container IDs and interface names still in use, as {@code
 *     ID/IFNAME}
 */
record NetConf(
    String cniVersion,
    String name,
    int mtu,
    boolean requireMtuFile,
    int queues,
    String nodeName,
    Ipam ipam,
    String policyType,
    Kubernetes kubernetes,
    Features features,
    boolean allowIpForwarding,
    boolean includeDefaultRoutes,
    List<String> readinessGates,
    Map<String, String> labels,
    Duration readinessTimeout,
    Set<String> validAttachments) {
  private static final Cidr ALL_4 = Cidr.parse("0.0.0.0/0");
  private static final Cidr ALL_6 = Cidr.parse("::/0");

  /**
   * Section {@code ipam}.
   *
   * @param type the plugin's name; "calico-ipam" is served by the daemon
   * @param ipv4Pools names or CIDRs, empty for the usual choice; so is ipv6Pools
   * @param routes what the container reaches over the wire, of type host-local; empty for all
   */
  record Ipam(
      String type,
      boolean ipv4,
      boolean ipv6,
      List<String> ipv4Pools,
      List<String> ipv6Pools,
      List<Cidr> routes) {}

  /**
   * Where the API server is; what is empty here stands in the kubeconfig.
   *
   * @param kubeconfig path of a file; caFile, clientCertificate and clientKey too, in PEM
   * @param nodeName this node's name there, empty if it is the same
   */
  record Kubernetes(
      String kubeconfig,
      String server,
      String token,
      String caFile,
      String clientCertificate,
      String clientKey,
      String nodeName) {}

  /** Section {@code feature_control}. */
  record Features(boolean ipAddrsNoIpam, boolean floatingIps) {}

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
    Fields features = f.object("feature_control");
    int timeoutSeconds = f.number("policy_setup_timeout_seconds", 0);
    return new NetConf(
        version,
        name,
        f.number("mtu", 0),
        f.flag("require_mtu_file", false),
        Math.max(1, f.number("num_queues", 1)),
        f.text("nodename", ""),
        ipam(f.object("ipam")),
        policyType,
        kubernetes(f.object("kubernetes"), f.object("policy")),
        new Features(
            features.flag("ip_addrs_no_ipam", false), features.flag("floating_ips", false)),
        f.object("container_settings").flag("allow_ip_forwarding", false),
        f.flag("include_default_routes", false),
        f.texts("readiness_gates"),
        labels(f.object("args")),
        timeoutSeconds == 0 ? defaultReadinessTimeout : Duration.ofSeconds(timeoutSeconds),
        Set.copyOf(
            f.objects("cni.dev/valid-attachments").stream()
                .map(a -> a.text("containerID", "") + "/" + a.text("ifname", ""))
                .toList()));
  }

  private static Ipam ipam(Fields f) {
    String type = f.text("type", "");
    List<Cidr> routes = new ArrayList<>();
    if (type.equals(IpamDelegate.HOST_LOCAL)) {
      for (Fields route : f.objects("routes")) {
        String text = route.text("dst", "");
        Cidr cidr = Cidr.tryParse(text);
        if (cidr == null) {
          throw CniException.badConfig("ipam.routes.dst", text, "must be a CIDR");
        }
        routes.add(cidr);
      }
    }
    return new Ipam(
        type,
        f.flag("assign_ipv4", true),
        f.flag("assign_ipv6", false),
        f.texts("ipv4_pools"),
        f.texts("ipv6_pools"),
        routes);
  }

  private static Kubernetes kubernetes(Fields f, Fields policy) {
    String server = f.text("k8s_api_root", policy.text("k8s_api_root", ""));
    return new Kubernetes(
        f.text("kubeconfig", ""),
        // Old configurations have the path as well.
        server.replaceFirst("/api/.*", ""),
        policy.text("k8s_auth_token", ""),
        policy.text("k8s_certificate_authority", ""),
        policy.text("k8s_client_certificate", ""),
        policy.text("k8s_client_key", ""),
        f.text("node_name", ""));
  }

  /** What the container reaches over its wire: all, unless it has routes of its own instead. */
  List<Cidr> wireRoutes() {
    List<Cidr> all = new ArrayList<>();
    if (ipam.routes().isEmpty() || includeDefaultRoutes) {
      all.add(ALL_4);
      all.add(ALL_6);
    }
    all.addAll(ipam.routes());
    return all;
  }

  /** With another choice of pools or families. */
  NetConf withIpam(Ipam newIpam) {
    return new NetConf(
        cniVersion,
        name,
        mtu,
        requireMtuFile,
        queues,
        nodeName,
        newIpam,
        policyType,
        kubernetes,
        features,
        allowIpForwarding,
        includeDefaultRoutes,
        readinessGates,
        labels,
        readinessTimeout,
        validAttachments);
  }

  /** The version a configuration is written in, which its answer must have, errors included. */
  static String version(Fields f) {
    String version = f.text("cniVersion", "");
    return version.isEmpty() ? CniVersions.UNNAMED : version;
  }

  private static String mesosKey(String text) {
    return text.equals(Attachment.NAMESPACE_LABEL) ? text : mesos(text);
  }

  /** Mesos allows any text in labels; the same changes as upstream's make it one of ours. */
  private static String mesos(String text) {
    return text.replace('/', '.')
        .replaceAll("[^-_.a-zA-Z0-9]+", "-")
        .replaceAll("[.-]*[.][.-]*", ".")
        .replaceAll("^[.-]+|[.-]+$", "");
  }

  private static Map<String, String> labels(Fields args) {
    Map<String, String> labels = new LinkedHashMap<>();
    List<Fields> listed =
        args.object("org.apache.mesos").object("network_info").object("labels").objects("labels");
    listed.forEach(l -> labels.put(mesosKey(l.text("key", "")), mesos(l.text("value", ""))));
    args.object("cni")
        .objects("labels")
        .forEach(l -> labels.put(l.text("key", ""), l.text("value", "")));
    labels.putAll(args.object("calico").object("labels").textMap());
    return labels;
  }
}
