package calico.cni;

import calico.datastore.Datastore;
import calico.ipam.AssignIpRequest;
import calico.ipam.AssignRequest;
import calico.ipam.Assignment;
import calico.ipam.Ipam;
import calico.ipam.IpamException;
import calico.ipam.ReleaseRequest;
import calico.ipam.Use;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** IPAM type {@code calico-ipam}: addresses from Calico's pools, without starting a process. */
final class CalicoIpam {
  static final String TYPE = "calico-ipam";

  /** As Go prints a time in UTC, which is what upstream stores. */
  private static final DateTimeFormatter TIMESTAMP =
      new DateTimeFormatterBuilder()
          .appendPattern("yyyy-MM-dd HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .appendLiteral(" +0000 UTC")
          .toFormatter(Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Datastore datastore;
  private final Ipam ipam;
  private final Clock clock;

  CalicoIpam(Datastore datastore, Ipam ipam, Clock clock) {
    this.datastore = datastore;
    this.ipam = ipam;
    this.clock = clock;
  }

  /**
   * Assigns what the configuration asks for: all of it, or nothing.
   *
   * @param namespaceLabels of the pod's namespace, for pools that select by them
   * @throws CniException if there is not enough
   */
  List<InterfaceAddress> assign(
      Attachment attachment,
      NetConf conf,
      CniRequest request,
      Map<String, String> namespaceLabels) {
    String wanted = request.args().getOrDefault("IP", "");
    if (!wanted.isEmpty()) {
      Ip ip = Ip.tryParse(wanted);
      if (ip == null) {
        throw new CniException(
            CniException.BAD_ENVIRONMENT,
            "invalid environment variable",
            "CNI_ARGS: IP = '" + wanted + "' is not an address");
      }
      return assignThese(attachment, List.of(ip));
    }
    Map<Family, Integer> counts = new EnumMap<>(Family.class);
    counts.put(Family.IPV4, conf.ipam().ipv4() ? 1 : 0);
    counts.put(Family.IPV6, conf.ipam().ipv6() ? 1 : 0);
    List<Cidr> pools = new ArrayList<>();
    pools.addAll(pools("ipam.ipv4_pools", conf.ipam().ipv4Pools(), Family.IPV4));
    pools.addAll(pools("ipam.ipv6_pools", conf.ipam().ipv6Pools(), Family.IPV6));
    AssignRequest assignment =
        new AssignRequest(
            attachment.node(),
            attachment.handle(),
            attributes(attachment),
            counts,
            pools,
            namespaceLabels,
            null,
            Use.WORKLOAD,
            0);
    return named(attachment, () -> assignAny(attachment, assignment));
  }

  /**
   * Assigns these addresses: all of them, or none.
   *
   * @throws CniException if one is taken or in no pool
   */
  List<InterfaceAddress> assignThese(Attachment attachment, List<Ip> wanted) {
    return named(
        attachment,
        () -> {
          List<InterfaceAddress> assigned = new ArrayList<>();
          try {
            for (Ip ip : wanted) {
              assigned.add(assignOne(attachment, ip));
            }
          } catch (RuntimeException e) {
            release(attachment, assigned);
            throw e;
          }
          return List.copyOf(assigned);
        });
  }

  private static <T> T named(Attachment attachment, Supplier<T> assignment) {
    try {
      return assignment.get();
    } catch (IpamException e) {
      throw CniException.generic("no address for " + attachment, e);
    }
  }

  private Map<String, String> attributes(Attachment attachment) {
    return attachment.ipamAttributes(timestamp(clock.instant()));
  }

  private List<InterfaceAddress> assignAny(Attachment attachment, AssignRequest request) {
    Assignment assignment = ipam.autoAssign(request);
    if (!assignment.complete()) {
      release(attachment, assignment.addresses());
      throw new IpamException(String.join("; ", assignment.shortfalls()));
    }
    return assignment.addresses();
  }

  private InterfaceAddress assignOne(Attachment attachment, Ip ip) {
    ipam.assignIp(
        new AssignIpRequest(
            ip, attachment.node(), attachment.handle(), attributes(attachment), Use.WORKLOAD));
    return new InterfaceAddress(ip, ip.family().bits());
  }

  private List<Cidr> pools(String field, List<String> namesOrCidrs, Family family) {
    List<Cidr> out = new ArrayList<>();
    for (String text : namesOrCidrs) {
      Cidr cidr = Cidr.tryParse(text);
      if (cidr == null) {
        cidr =
            datastore
                .get(ResourceKey.of(Kinds.IP_POOL, text))
                .map(e -> Cidr.tryParse(e.value().spec().cidr()))
                .orElseThrow(
                    () ->
                        CniException.badConfig(
                            field,
                            text,
                            "is neither a CIDR nor the name of an IPPool that has one"));
      }
      if (cidr.family() != family) {
        throw CniException.badConfig(field, text, "is not an " + family + " pool");
      }
      out.add(cidr);
    }
    return out;
  }

  /**
   * Looks for what a container has.
   *
   * @throws CniException if that is nothing
   */
  void check(Attachment attachment) {
    if (ipam.ipsByHandle(attachment.handle()).isEmpty()
        && ipam.ipsByHandle(oldHandle(attachment)).isEmpty()) {
      throw new CniException(
          CniException.GENERIC,
          "no address is assigned to " + attachment,
          "no block has one under handle " + attachment.handle());
    }
  }

  /** What very old versions allocated goes by the pod. */
  private static String oldHandle(Attachment attachment) {
    return attachment.namespace() + "." + attachment.pod();
  }

  /** Gives back some of the addresses that {@link #assign} returned. */
  void release(Attachment attachment, List<InterfaceAddress> addresses) {
    ipam.release(
        addresses.stream()
            .map(a -> new ReleaseRequest(a.ip(), attachment.handle(), null))
            .toList());
  }

  /** Gives back what an endpoint had, whatever its handle. */
  void releaseWhoeverHas(@Nullable List<String> networks) {
    if (networks != null) {
      ipam.release(
          networks.stream()
              .map(n -> new ReleaseRequest(InterfaceAddress.parse(n).ip(), null, null))
              .toList());
    }
  }

  /** Gives back all that the container has, if anything. */
  void releaseAll(Attachment attachment) {
    releaseAll(attachment.handle());
    if (attachment.isPod()) {
      ipam.releaseByHandle(oldHandle(attachment));
    }
  }

  /** Gives back all that a handle of this node has, and the handle. */
  List<Ip> releaseAll(String handle) {
    return ipam.releaseHandle(handle);
  }

  static String timestamp(Instant time) {
    return TIMESTAMP.format(time);
  }
}
