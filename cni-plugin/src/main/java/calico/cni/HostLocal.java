package calico.cni;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.json.Json;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of IPAM plugin host-local, in which {@code usePodCidr} and {@code
 * usePodCidrIPv6} stand for what Kubernetes gave to the node, as {@code ipam.subnet} or in {@code
 * ipam.ranges}.
 */
final class HostLocal {
  private static final String FOUR = "usePodCidr";
  private static final String SIX = "usePodCidrIPv6";

  /** All but ADD find addresses by the container; any prefix will do. */
  static final Map<Family, String> ANY = Map.of(Family.IPV4, "0.0.0.0/0", Family.IPV6, "::/0");

  private HostLocal() {}

  /** The request with the node's prefixes, which are read only if it needs them. */
  static CniRequest withPodCidrs(CniRequest request, Supplier<Map<Family, String>> cidrs) {
    Object tree = Json.parse(request.stdin());
    String text = request.stdin();
    return text.toLowerCase(Locale.ROOT).contains(FOUR.toLowerCase(Locale.ROOT))
        ? request.withStdin(Json.print(replaced(tree, cidrs.get())))
        : request;
  }

  private static @Nullable Object replaced(@Nullable Object tree, Map<Family, String> cidrs) {
    return switch (tree) {
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        map.forEach(
            (name, value) ->
                out.put(
                    String.valueOf(name),
                    name.equals("subnet") ? subnet(value, cidrs) : replaced(value, cidrs)));
        yield out;
      }
      case List<?> list -> list.stream().map(item -> replaced(item, cidrs)).toList();
      case null, default -> tree;
    };
  }

  private static @Nullable Object subnet(@Nullable Object value, Map<Family, String> cidrs) {
    if (!(value instanceof String text)) {
      return value;
    }
    Family family =
        text.equalsIgnoreCase(FOUR) ? Family.IPV4 : text.equalsIgnoreCase(SIX) ? Family.IPV6 : null;
    if (family == null) {
      return value;
    }
    String cidr = cidrs.get(family);
    if (cidr == null) {
      throw CniException.badConfig(
          "ipam.subnet", text, "the Kubernetes node has no " + family + " prefix in spec.podCIDRs");
    }
    return cidr;
  }

  /** The prefixes of this node. */
  static Map<Family, String> podCidrs(NetConf conf, String node) {
    KubernetesApi api =
        KubernetesApi.of(conf.kubernetes())
            .orElseThrow(
                () ->
                    CniException.badConfig(
                        "ipam.subnet",
                        FOUR,
                        "needs kubernetes.kubeconfig, to read the node's podCIDRs"));
    String configured = conf.kubernetes().nodeName();
    Fields spec =
        api.get("/api/v1/nodes/" + (configured.isEmpty() ? node : configured)).object("spec");
    List<String> listed = spec.texts("podCIDRs");
    Map<Family, String> out = new EnumMap<>(Family.class);
    for (String text : listed.isEmpty() ? List.of(spec.text("podCIDR", "")) : listed) {
      Cidr cidr = Cidr.tryParse(text);
      if (cidr != null) {
        out.put(cidr.family(), text);
      }
    }
    return out;
  }
}
