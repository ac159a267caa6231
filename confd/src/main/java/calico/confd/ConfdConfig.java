package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the node agent tells confd.
 *
 * @param nodeName name of this machine's Node
 * @param routerId "hash": made from the node's name; an IPv4 address; null: the node's IPv4
 *     address. Upstream's CALICO_ROUTER_ID
 * @param clusterCidrs cluster addresses of services to announce, instead of serviceClusterIPs;
 *     null: those. Upstream's CALICO_ADVERTISE_CLUSTER_IPS
 * @param secrets directory with the passwords of sessions, each in the file NAME/KEY
 */
public record ConfdConfig(
    String nodeName, @Nullable String routerId, @Nullable List<Cidr> clusterCidrs, Path secrets) {
  private static final Logger log = LoggerFactory.getLogger(ConfdConfig.class);
  private static final Path SECRETS = Path.of("/etc/calico/secrets");
  private static final String HASH = "hash";

  /** Everything but the name as if the environment said nothing. */
  public ConfdConfig(String nodeName) {
    this(nodeName, null, null, SECRETS);
  }

  /**
   * Reads CALICO_ROUTER_ID and CALICO_ADVERTISE_CLUSTER_IPS; what makes no sense is logged, and is
   * as if it were not set.
   */
  public static ConfdConfig from(String nodeName, Map<String, String> environment, Path secrets) {
    String routerId = blankToNull(environment.get("CALICO_ROUTER_ID"));
    Ip literal = routerId == null ? null : Ip.tryParse(routerId);
    boolean isId = literal != null && literal.family() == Family.IPV4;
    if (routerId != null && !isId && !routerId.equals(HASH)) {
      log.warn("CALICO_ROUTER_ID '{}' is not used: expected hash or an IPv4 address", routerId);
      routerId = null;
    }
    String clusterIps = blankToNull(environment.get("CALICO_ADVERTISE_CLUSTER_IPS"));
    return new ConfdConfig(
        nodeName, routerId, clusterIps == null ? null : cidrs(clusterIps), secrets);
  }

  /** Whether the router id is made from the node's name even if it has an IPv4 address. */
  boolean hashesName() {
    return HASH.equals(routerId);
  }

  private static List<Cidr> cidrs(String text) {
    List<Cidr> all = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Cidr cidr = Cidr.tryParse(part.strip());
      if (cidr == null) {
        log.warn("CALICO_ADVERTISE_CLUSTER_IPS: '{}' is left out: expected a prefix", part);
      } else {
        all.add(cidr);
      }
    }
    return List.copyOf(all);
  }

  private static @Nullable String blankToNull(@Nullable String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }
}
