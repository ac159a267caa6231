package calico.cni;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.json.Json;
import calico.model.json.JsonException;
import calico.netlink.route.Mac;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a pod asks for by annotations {@code cni.projectcalico.org/NAME}. Pools and families may
 * also be its namespace's, and then apply to pods without any; they change the configuration, see
 * {@link #configuration}.
 *
 * @param addresses that the pod must have, at most one per family; empty for any
 * @param ofNoPool whether these are taken without asking IPAM
 * @param floating external addresses that are translated to the pod's
 * @param mac of the container's end, or null
 * @param sources foreign prefixes that the pod may send from
 */
record Annotations(
    List<Ip> addresses,
    boolean ofNoPool,
    List<Ip> floating,
    @Nullable Mac mac,
    List<String> sources) {
  private static final String PREFIX = "cni.projectcalico.org/";

  static final Annotations NONE = new Annotations(List.of(), false, List.of(), null, List.of());

  /**
   * Reads those of a pod.
   *
   * @throws CniException naming the annotation that is wrong, or the feature that is not enabled
   */
  static Annotations of(Pod pod, NetConf conf) {
    List<Ip> addresses = addresses(pod, "ipAddrs");
    List<Ip> ofNoPool = addresses(pod, "ipAddrsNoIpam");
    String first = addresses.isEmpty() ? "ipAddrsNoIpam" : "ipAddrs";
    if (!addresses.isEmpty() && !ofNoPool.isEmpty()) {
      throw wrong(first, text(pod, first), "cannot stand beside " + PREFIX + "ipAddrsNoIpam");
    }
    if (!(addresses.isEmpty() && ofNoPool.isEmpty())
        && !conf.ipam().type().equals(CalicoIpam.TYPE)) {
      throw wrong(
          first, text(pod, first), "needs ipam.type calico-ipam, not " + conf.ipam().type());
    }
    if (!ofNoPool.isEmpty() && !conf.features().ipAddrsNoIpam()) {
      throw notEnabled("ipAddrsNoIpam", text(pod, "ipAddrsNoIpam"), "ip_addrs_no_ipam");
    }
    List<Ip> floating = new ArrayList<>();
    for (String text : list("floatingIPs", text(pod, "floatingIPs"))) {
      floating.add(ip("floatingIPs", text));
    }
    if (!floating.isEmpty() && !conf.features().floatingIps()) {
      throw notEnabled("floatingIPs", text(pod, "floatingIPs"), "floating_ips");
    }
    return new Annotations(
        ofNoPool.isEmpty() ? addresses : ofNoPool,
        !ofNoPool.isEmpty(),
        floating,
        mac(pod),
        sources(pod));
  }

  /** The configuration with the pools and families that pod or namespace ask for. */
  static NetConf configuration(Pod pod, NetConf conf) {
    NetConf.Ipam ipam = conf.ipam();
    if (!ipam.type().equals(CalicoIpam.TYPE)) {
      return conf;
    }
    List<String> four = list("ipv4pools", ofPodOrNamespace(pod, "ipv4pools"));
    List<String> six = list("ipv6pools", ofPodOrNamespace(pod, "ipv6pools"));
    String familiesText = ofPodOrNamespace(pod, "ipFamilies");
    List<String> families = list("ipFamilies", familiesText);
    for (String family : families) {
      if (!family.equals("IPv4") && !family.equals("IPv6")) {
        throw wrong("ipFamilies", family, "must be IPv4 or IPv6");
      }
    }
    return conf.withIpam(
        new NetConf.Ipam(
            ipam.type(),
            familiesText.isEmpty() ? ipam.ipv4() : families.contains("IPv4"),
            familiesText.isEmpty() ? ipam.ipv6() : families.contains("IPv6"),
            four.isEmpty() ? ipam.ipv4Pools() : four,
            six.isEmpty() ? ipam.ipv6Pools() : six,
            ipam.routes()));
  }

  private static String ofPodOrNamespace(Pod pod, String name) {
    String text = text(pod, name);
    return text.isEmpty() ? pod.namespaceAnnotations().getOrDefault(PREFIX + name, "") : text;
  }

  private static String text(Pod pod, String name) {
    return pod.annotations().getOrDefault(PREFIX + name, "");
  }

  private static List<Ip> addresses(Pod pod, String name) {
    String text = text(pod, name);
    List<Ip> out = new ArrayList<>();
    Set<Family> families = EnumSet.noneOf(Family.class);
    for (String item : list(name, text)) {
      Ip ip = ip(name, item);
      if (!families.add(ip.family())) {
        throw wrong(name, text, "has more than one " + ip.family() + " address");
      }
      out.add(ip);
    }
    if (!text.isEmpty() && out.isEmpty()) {
      throw wrong(name, text, "names no address");
    }
    return out;
  }

  private static @Nullable Mac mac(Pod pod) {
    String text = text(pod, "hwAddr");
    try {
      return text.isEmpty() ? null : Mac.parse(text);
    } catch (IllegalArgumentException e) {
      throw wrong("hwAddr", text, String.valueOf(e.getMessage()));
    }
  }

  private static List<String> sources(Pod pod) {
    List<String> out = new ArrayList<>();
    for (String text : list("allowedSourcePrefixes", text(pod, "allowedSourcePrefixes"))) {
      Cidr cidr = Cidr.tryParse(text);
      if (cidr == null) {
        throw wrong("allowedSourcePrefixes", text, "is not a CIDR");
      }
      out.add(cidr.toString());
    }
    return out;
  }

  private static Ip ip(String name, String text) {
    Ip ip = Ip.tryParse(text);
    if (ip == null) {
      throw wrong(name, text, "is not an address");
    }
    return ip;
  }

  /** A JSON list of texts; empty if the annotation is. */
  private static List<String> list(String name, String text) {
    if (text.isEmpty()) {
      return List.of();
    }
    List<String> out = new ArrayList<>();
    try {
      if (Json.parse(text) instanceof List<?> items) {
        for (Object item : items) {
          if (!(item instanceof String s)) {
            throw wrong(name, text, "must be a JSON list of strings");
          }
          out.add(s);
        }
        return out;
      }
    } catch (JsonException e) {
      throw wrong(name, text, "must be a JSON list of strings: " + e.getMessage());
    }
    throw wrong(name, text, "must be a JSON list of strings");
  }

  private static CniException notEnabled(String name, String value, String feature) {
    return wrong(
        name, value, "feature_control." + feature + " is not true in the network configuration");
  }

  private static CniException wrong(String name, String value, String reason) {
    return new CniException(
        CniException.GENERIC,
        "invalid annotation of the pod or its namespace",
        PREFIX + name + " = '" + value + "': " + reason);
  }
}
