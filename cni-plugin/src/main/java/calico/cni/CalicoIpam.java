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
import java.util.concurrent.locks.ReentrantLock;

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

  /** One allocation at a time: all on this host want the same block, and would only collide. */
  private final ReentrantLock oneAtATime = new ReentrantLock(true);

  CalicoIpam(Datastore datastore, Ipam ipam, Clock clock) {
    this.datastore = datastore;
    this.ipam = ipam;
    this.clock = clock;
  }

  /**
   * Assigns what the configuration asks for: all of it, or nothing.
   *
   * @throws CniException if there is not enough
   */
  List<InterfaceAddress> assign(Attachment attachment, NetConf conf, CniRequest request) {
    Map<String, String> attributes = attachment.ipamAttributes(timestamp(clock.instant()));
    String wanted = request.args().getOrDefault("IP", "");
    oneAtATime.lock();
    try {
      return wanted.isEmpty()
          ? assignAny(attachment, conf.ipam(), attributes)
          : List.of(assignOne(attachment, wanted, attributes));
    } catch (IpamException e) {
      throw CniException.generic("no address for " + attachment, e);
    } finally {
      oneAtATime.unlock();
    }
  }

  private List<InterfaceAddress> assignAny(
      Attachment attachment, NetConf.Ipam conf, Map<String, String> attributes) {
    Map<Family, Integer> counts = new EnumMap<>(Family.class);
    counts.put(Family.IPV4, conf.ipv4() ? 1 : 0);
    counts.put(Family.IPV6, conf.ipv6() ? 1 : 0);
    List<Cidr> pools = new ArrayList<>();
    pools.addAll(pools("ipam.ipv4_pools", conf.ipv4Pools(), Family.IPV4));
    pools.addAll(pools("ipam.ipv6_pools", conf.ipv6Pools(), Family.IPV6));
    Assignment assignment =
        ipam.autoAssign(
            AssignRequest.workload(attachment.node(), attachment.handle(), attributes, counts)
                .withPools(pools));
    if (!assignment.complete()) {
      release(attachment, assignment.addresses());
      throw new IpamException(String.join("; ", assignment.shortfalls()));
    }
    return assignment.addresses();
  }

  private InterfaceAddress assignOne(
      Attachment attachment, String wanted, Map<String, String> attributes) {
    Ip ip = Ip.tryParse(wanted);
    if (ip == null) {
      throw new CniException(
          CniException.BAD_ENVIRONMENT,
          "invalid environment variable",
          "CNI_ARGS: IP = '" + wanted + "' is not an address");
    }
    ipam.assignIp(
        new AssignIpRequest(ip, attachment.node(), attachment.handle(), attributes, Use.WORKLOAD));
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
                .map(e -> Cidr.parse(e.value().spec().cidr()))
                .orElseThrow(
                    () ->
                        CniException.badConfig(
                            field, text, "is neither a CIDR nor the name of an IPPool"));
      }
      if (cidr.family() != family) {
        throw CniException.badConfig(field, text, "is not an " + family + " pool");
      }
      out.add(cidr);
    }
    return out;
  }

  /** Gives back some of the addresses that {@link #assign} returned. */
  void release(Attachment attachment, List<InterfaceAddress> addresses) {
    ipam.release(
        addresses.stream()
            .map(a -> new ReleaseRequest(a.ip(), attachment.handle(), null))
            .toList());
  }

  /** Gives back all that the container has, if anything. */
  void releaseAll(Attachment attachment) {
    ipam.releaseByHandle(attachment.handle());
    if (attachment.isPod()) {
      // What very old versions allocated goes by the pod.
      ipam.releaseByHandle(attachment.namespace() + "." + attachment.pod());
    }
  }

  static String timestamp(Instant time) {
    return TIMESTAMP.format(time);
  }
}
