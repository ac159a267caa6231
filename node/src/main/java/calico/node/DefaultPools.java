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
import java.net.NetworkInterface;
import java.net.SocketException;
import java.security.SecureRandom;
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

  DefaultPools(Datastore datastore, NodeSettings settings) {
    this.datastore = datastore;
    this.settings = settings;
  }

  void ensure() throws SocketException {
    if (settings.noDefaultPools()) {
      return;
    }
    Set<Family> present =
        datastore.list(Query.all(Kinds.IP_POOL)).entries().stream()
            .map(e -> Cidr.tryParse(e.value().spec().cidr()))
            .flatMap(c -> Optional.ofNullable(c).map(Cidr::family).stream())
            .collect(Collectors.toSet());
    for (Family family : Family.values()) {
      String prefix = "CALICO_" + (family == Family.IPV4 ? "IPV4" : "IPV6") + "POOL_";
      String cidr = settings.get(prefix + "CIDR", family == Family.IPV4 ? freeV4() : randomUla());
      boolean v6Off =
          family == Family.IPV6 && !NodeSettings.isTrue(settings.get("FELIX_IPV6SUPPORT", "true"));
      if (!present.contains(family) && !cidr.equals("none") && !v6Off) {
        create(family, prefix, Cidr.parse(cidr));
      }
    }
  }

  private void create(Family family, String prefix, Cidr cidr) {
    boolean v4 = family == Family.IPV4;
    IpPoolSpec spec =
        new IpPoolSpec(
            cidr.toString(),
            mode(settings.get(prefix + "VXLAN", "Never")),
            v4 ? mode(settings.get(prefix + "IPIP", "Never")) : "Never",
            NodeSettings.isTrue(settings.get(prefix + "NAT_OUTGOING", v4 ? "true" : "false")),
            null,
            NodeSettings.isTrue(settings.get(prefix + "DISABLE_BGP_EXPORT", "false")) ? true : null,
            Integer.valueOf(settings.get(prefix + "BLOCK_SIZE", v4 ? "26" : "122")),
            settings.get(prefix + "NODE_SELECTOR", "all()"),
            null,
            null,
            null,
            Unknown.NONE);
    String name = "default-" + family.keyName() + "-ippool";
    try {
      datastore.create(
          ResourceKey.of(Kinds.IP_POOL, name),
          Defaults.apply(Resource.of(Kinds.IP_POOL, Metadata.named(name), spec)));
      LOG.info("pool created: name={} cidr={}", name, cidr);
    } catch (DatastoreException.AlreadyExists e) {
      LOG.debug("pool {} was created by another node meanwhile", name);
    }
  }

  private static String mode(String setting) {
    return switch (setting.toLowerCase(java.util.Locale.ROOT)) {
      case "always" -> "Always";
      case "crosssubnet", "cross-subnet" -> "CrossSubnet";
      default -> "Never";
    };
  }

  /** 192.168.0.0/16, or the first of 172.16.0.0/16 ... 172.31.0.0/16 without an address of ours. */
  private static String freeV4() throws SocketException {
    Set<Ip> own =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .map(Ip::of)
            .collect(Collectors.toSet());
    return IntStream.concat(IntStream.of(-1), IntStream.rangeClosed(16, 31))
        .mapToObj(i -> Cidr.parse(i < 0 ? "192.168.0.0/16" : "172." + i + ".0.0/16"))
        .filter(c -> own.stream().noneMatch(c::contains))
        .findFirst()
        .orElse(Cidr.parse("192.168.0.0/16"))
        .toString();
  }

  /** A random unique local prefix (RFC 4193): fdXX:XXXX:XXXX::/48. */
  private static String randomUla() {
    byte[] bytes = new byte[16];
    byte[] random = new byte[5];
    new SecureRandom().nextBytes(random);
    bytes[0] = (byte) 0xfd;
    System.arraycopy(random, 0, bytes, 1, 5);
    return new Cidr(Ip.of(bytes), 48).toString();
  }
}
