package calico.node;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Defaults;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.model.selector.Selector;
import calico.node.NodeStartup.StartupException;
import java.io.UncheckedIOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pools that a new cluster starts with: default-ipv4-ippool and default-ipv6-ippool, each only
 * if its family has no pool yet.
 */
final class DefaultPools {
  private static final Logger LOG = LoggerFactory.getLogger(DefaultPools.class);

  private final Datastore datastore;
  private final NodeSettings settings;

  /** By the families that are to have one. */
  private final Map<Family, IpPoolSpec> wanted = new EnumMap<>(Family.class);

  /**
   * Reads the settings, whether they will be needed or not.
   *
   * @throws StartupException naming the variable that is wrong
   */
  DefaultPools(Datastore datastore, NodeSettings settings) {
    this.datastore = datastore;
    this.settings = settings;
    for (Family family : Family.values()) {
      String given = settings.get(variable(family, "CIDR"), "");
      if (settings.noDefaultPools()) {
        if (!given.isEmpty()) {
          throw wrong(variable(family, "CIDR"), given, "and NO_DEFAULT_POOLS=true exclude another");
        }
      } else if (!given.equals("none")) {
        wanted.put(family, spec(family, given.isEmpty() ? free(family) : cidr(family, given)));
      }
    }
  }

  /** Creates those that are missing. */
  void ensure() {
    if (wanted.isEmpty()) {
      return;
    }
    Set<Family> present =
        datastore.list(Query.all(Kinds.IP_POOL)).entries().stream()
            .map(e -> Cidr.tryParse(e.value().spec().cidr()))
            .flatMap(c -> Optional.ofNullable(c).map(Cidr::family).stream())
            .collect(Collectors.toSet());
    wanted.forEach(
        (family, spec) -> {
          boolean off = family == Family.IPV6 && !settings.flag("FELIX_IPV6SUPPORT", true);
          if (!present.contains(family) && !off) {
            create("default-" + family.keyName() + "-ippool", spec);
          }
        });
  }

  private void create(String name, IpPoolSpec spec) {
    try {
      datastore.create(
          ResourceKey.of(Kinds.IP_POOL, name),
          Defaults.apply(Resource.of(Kinds.IP_POOL, Metadata.named(name), spec)));
      LOG.info("pool created: name={} cidr={}", name, spec.cidr());
    } catch (DatastoreException.AlreadyExists e) {
      LOG.debug("pool {} was created by another node meanwhile", name);
    }
  }

  private IpPoolSpec spec(Family family, Cidr cidr) {
    boolean v4 = family == Family.IPV4;
    return new IpPoolSpec(
        cidr.toString(),
        mode(variable(family, "VXLAN")),
        v4 ? mode(variable(family, "IPIP")) : "Never",
        settings.flag(variable(family, "NAT_OUTGOING"), v4),
        null,
        settings.flag(variable(family, "DISABLE_BGP_EXPORT"), false) ? true : null,
        blockSize(family, cidr),
        nodeSelector(family),
        null,
        null,
        null,
        Unknown.NONE);
  }

  private static String variable(Family family, String setting) {
    return "CALICO_IPV" + family.version() + "POOL_" + setting;
  }

  private static StartupException wrong(String variable, String value, String why) {
    return new StartupException(variable + "=" + value + " " + why);
  }

  private static Cidr cidr(Family family, String text) {
    Cidr cidr = Cidr.tryParse(text);
    if (cidr == null || cidr.family() != family) {
      throw wrong(
          variable(family, "CIDR"), text, "is not an IPv" + family.version() + " prefix, nor none");
    }
    return cidr;
  }

  private String mode(String variable) {
    String text = settings.get(variable, "Never");
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "always" -> "Always";
      case "crosssubnet", "cross-subnet" -> "CrossSubnet";
      case "never", "off" -> "Never";
      default -> throw wrong(variable, text, "is not one of Always, CrossSubnet, Never");
    };
  }

  private int blockSize(Family family, Cidr cidr) {
    String variable = variable(family, "BLOCK_SIZE");
    String text = settings.get(variable, family == Family.IPV4 ? "26" : "122");
    int bits = family.bits();
    if (!text.matches("\\d{1,3}")
        || Integer.parseInt(text) < bits - 12
        || Integer.parseInt(text) > bits) {
      throw wrong(variable, text, "is not a number from " + (bits - 12) + " to " + bits);
    }
    int size = Integer.parseInt(text);
    if (size < cidr.length()) {
      throw wrong(variable, text, "makes blocks that are larger than the pool, " + cidr);
    }
    return size;
  }

  private String nodeSelector(Family family) {
    String variable = variable(family, "NODE_SELECTOR");
    String text = settings.get(variable, "all()");
    try {
      Selector _ = Selector.parse(text);
      return text;
    } catch (IllegalArgumentException e) {
      throw wrong(variable, text, "is not a selector: " + e.getMessage());
    }
  }

  private static Cidr free(Family family) {
    return family == Family.IPV4 ? freeV4() : randomUla();
  }

  /** 192.168.0.0/16, or the first of 172.16.0.0/16 ... 172.31.0.0/16 without an address of ours. */
  private static Cidr freeV4() {
    Set<Ip> own;
    try {
      own =
          NetworkInterface.networkInterfaces()
              .flatMap(NetworkInterface::inetAddresses)
              .map(Ip::of)
              .collect(Collectors.toSet());
    } catch (SocketException e) {
      throw new UncheckedIOException("cannot list the interfaces of this host", e);
    }
    return IntStream.concat(IntStream.of(-1), IntStream.rangeClosed(16, 31))
        .mapToObj(i -> Cidr.parse(i < 0 ? "192.168.0.0/16" : "172." + i + ".0.0/16"))
        .filter(c -> own.stream().noneMatch(c::contains))
        .findFirst()
        .orElse(Cidr.parse("192.168.0.0/16"));
  }

  /** A random unique local prefix (RFC 4193): fdXX:XXXX:XXXX::/48. */
  private static Cidr randomUla() {
    byte[] bytes = new byte[16];
    byte[] random = new byte[5];
    new SecureRandom().nextBytes(random);
    bytes[0] = (byte) 0xfd;
    System.arraycopy(random, 0, bytes, 1, 5);
    return new Cidr(Ip.of(bytes), 48);
  }
}
