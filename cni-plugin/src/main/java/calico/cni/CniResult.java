package calico.cni;

import calico.model.Family;
import calico.model.InterfaceAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an ADD brought about.
 *
 * @param interfaces host side, then container side; none from an IPAM plugin
 * @param addresses of the container's interface
 * @param routes destinations, from an IPAM plugin only
 * @param dns as an IPAM plugin gave it, a JSON tree
 */
record CniResult(
    List<Interface> interfaces,
    List<InterfaceAddress> addresses,
    List<String> routes,
    Map<?, ?> dns) {

  /**
   * An end of the wire.
   *
   * @param mac null if it does not matter
   * @param sandbox path of its network namespace, null for the host's
   * @param mtu in bytes, 0 if unknown
   */
  record Interface(String name, @Nullable String mac, @Nullable String sandbox, int mtu) {}

  /** In the form of a version of the specification. */
  Map<String, @Nullable Object> toTree(String version) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("cniVersion", version);
    if (CniVersions.isBeforeInterfaces(version)) {
      for (InterfaceAddress a : addresses) {
        tree.putIfAbsent(
            a.ip().family() == Family.IPV4 ? "ip4" : "ip6", Map.of("ip", a.toString()));
      }
    } else {
      if (!interfaces.isEmpty()) {
        tree.put("interfaces", interfaces.stream().map(i -> interfaceTree(i, version)).toList());
      }
      tree.put("ips", addresses.stream().map(a -> addressTree(a, version)).toList());
      if (!routes.isEmpty()) {
        tree.put("routes", routes.stream().map(r -> Map.of("dst", r)).toList());
      }
    }
    tree.put("dns", dns);
    return tree;
  }

  private static Map<String, @Nullable Object> interfaceTree(Interface i, String version) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("name", i.name());
    if (i.mac() != null) {
      tree.put("mac", i.mac());
    }
    if (i.mtu() > 0 && CniVersions.hasMtu(version)) {
      tree.put("mtu", (long) i.mtu());
    }
    if (i.sandbox() != null) {
      tree.put("sandbox", i.sandbox());
    }
    return tree;
  }

  private Map<String, @Nullable Object> addressTree(InterfaceAddress a, String version) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    if (CniVersions.namesFamilies(version)) {
      tree.put("version", Integer.toString(a.ip().family().version()));
    }
    if (!interfaces.isEmpty()) {
      tree.put("interface", (long) interfaces.size() - 1);
    }
    tree.put("address", a.toString());
    return tree;
  }

  /**
   * Reads what an IPAM plugin printed, in any version's form.
   *
   * @throws CniException if there is no address in it
   */
  static CniResult parse(Fields tree, String plugin) {
    List<InterfaceAddress> addresses = new ArrayList<>();
    for (Fields ip : tree.objects("ips")) {
      addresses.add(InterfaceAddress.parse(ip.text("address", "")));
    }
    for (String old : List.of("ip4", "ip6")) {
      String text = tree.object(old).text("ip", "");
      if (!text.isEmpty()) {
        addresses.add(InterfaceAddress.parse(text));
      }
    }
    if (addresses.isEmpty()) {
      throw new CniException(
          CniException.GENERIC, "IPAM plugin gave no address", "ipam.type = '" + plugin + "'");
    }
    return new CniResult(List.of(), addresses, List.of(), tree.object("dns").tree());
  }
}
