package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
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
 * @param usesPodCidrs whether the node's prefixes are those of its Node's {@code status.podCIDRs},
 *     not the blocks that it has claimed. Upstream's USE_POD_CIDR
 * @param etc directory of configurations: in {@code secrets} the passwords of sessions, each in the
 *     file NAME/KEY, and in {@code confd/conf.d} files of the user's own
 * @param statuses the directory in which the node agent has the one of its endpoint status files at
 *     present, or empty if it writes none; may be asked from any thread
 */
public record ConfdConfig(
    String nodeName,
    @Nullable String routerId,
    @Nullable List<Cidr> clusterCidrs,
    boolean usesPodCidrs,
    Path etc,
    Supplier<Optional<Path>> statuses) {
  private static final Logger log = LoggerFactory.getLogger(ConfdConfig.class);
  private static final Path ETC = Path.of("/etc/calico");
  private static final Path STATUSES = Path.of("/var/run/calico");
  private static final String HASH = "hash";
  private static final Set<String> TRUE = Set.of("true", "1", "t", "yes", "y");

  /** Everything but the name as if the environment said nothing. */
  public ConfdConfig(String nodeName) {
    this(nodeName, null, null, false, ETC, () -> Optional.of(STATUSES));
  }

  /**
   * Reads CALICO_ROUTER_ID, CALICO_ADVERTISE_CLUSTER_IPS and USE_POD_CIDR; what makes no sense is
   * logged, and is as if it were not set.
   */
  public static ConfdConfig from(
      String nodeName,
      Map<String, String> environment,
      Path etc,
      Supplier<Optional<Path>> statuses) {
    String routerId = blankToNull(environment.get("CALICO_ROUTER_ID"));
    Ip literal = routerId == null ? null : Ip.tryParse(routerId);
    boolean isId = literal != null && literal.family() == Family.IPV4;
    if (routerId != null && !isId && !routerId.equals(HASH)) {
      log.warn("CALICO_ROUTER_ID '{}' is not used: expected hash or an IPv4 address", routerId);
      routerId = null;
    }
    String clusterIps = blankToNull(environment.get("CALICO_ADVERTISE_CLUSTER_IPS"));
    String podCidrs = environment.getOrDefault("USE_POD_CIDR", "").strip().toLowerCase(Locale.ROOT);
    return new ConfdConfig(
        nodeName,
        routerId,
        clusterIps == null ? null : cidrs(clusterIps),
        TRUE.contains(podCidrs),
        etc,
        statuses);
  }

  Path secrets() {
    return etc.resolve("secrets");
  }

  /** {@link UserFiles}. */
  Path userFiles() {
    return etc.resolve("confd/conf.d");
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
