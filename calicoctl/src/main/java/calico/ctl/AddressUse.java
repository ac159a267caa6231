package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.GoNumber;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.key.Query;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.IpReservationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of a cluster and what they are used for.
 *
 * @param pools in the order of their names
 * @param reserved prefixes of which none contains another
 */
record AddressUse(List<Cidr> pools, List<AllocationBlock> blocks, List<Cidr> reserved) {
  private static final int SIGNIFICANT_DIGITS = 5;

  static AddressUse read(Datastore datastore) {
    List<Cidr> pools = new ArrayList<>();
    for (Entry<Resource<IpPoolSpec>> e : datastore.list(Query.all(Kinds.IP_POOL)).entries()) {
      add(pools, e.value().spec().cidr());
    }
    List<Cidr> reserved = new ArrayList<>();
    for (Entry<Resource<IpReservationSpec>> e :
        datastore.list(Query.all(Kinds.IP_RESERVATION)).entries()) {
      List<String> cidrs = e.value().spec().reservedCIDRs();
      if (cidrs != null) {
        cidrs.forEach(c -> add(reserved, c));
      }
    }
    List<AllocationBlock> blocks =
        datastore.list(new Query.Blocks(null)).entries().stream().map(Entry::value).toList();
    return new AddressUse(pools, blocks, withoutContained(reserved));
  }

  /** What is no prefix has no addresses that could be in use. */
  private static void add(List<Cidr> to, String text) {
    Cidr cidr = Cidr.tryParse(text);
    if (cidr != null) {
      to.add(cidr);
    }
  }

  /** One row per pool, and below each its blocks if asked for. */
  String table(boolean showBlocks) {
    List<List<String>> rows = new ArrayList<>();
    for (Cidr pool : pools) {
      List<AllocationBlock> inside = blocks.stream().filter(b -> pool.contains(b.cidr())).toList();
      rows.add(row("IP Pool", pool, inside));
      if (showBlocks) {
        inside.forEach(b -> rows.add(row("Block", b.cidr(), List.of(b))));
      }
    }
    return new TextTable(
            List.of("GROUPING", "CIDR", "IPS TOTAL", "IPS IN USE", "IPS RESERVED", "IPS FREE"),
            rows)
        .boxed(2);
  }

  /** Who holds an address. */
  String holder(Ip ip) {
    for (AllocationBlock block : blocks) {
      if (block.cidr().contains(ip)) {
        AllocationBlock.Attribute holder = holder(block, ip);
        return holder == null ? ip + " is not assigned\n" : describe(ip, holder);
      }
    }
    return ip + " is not assigned\n";
  }

  private static AllocationBlock.@Nullable Attribute holder(AllocationBlock block, Ip ip) {
    for (int i = 0; i < block.allocations().size(); i++) {
      Integer attribute = block.allocations().get(i);
      if (attribute != null && block.cidr().address().plus(i).equals(ip)) {
        return block.attributes().get(attribute);
      }
    }
    return null;
  }

  private static String describe(Ip ip, AllocationBlock.Attribute holder) {
    StringBuilder out = new StringBuilder("IP " + ip + " is in use\n");
    String handle = holder.handleId();
    out.append("Handle ID: ").append(handle == null ? "<none>" : handle).append('\n');
    if (holder.secondary().isEmpty()) {
      return out.append("No Active Owner attributes defined\n").toString();
    }
    out.append("Active Owner Attributes:\n");
    new TreeMap<>(holder.secondary())
        .forEach((k, v) -> out.append("  ").append(k).append(": ").append(v).append('\n'));
    return out.toString();
  }

  private List<String> row(String grouping, Cidr cidr, List<AllocationBlock> inside) {
    BigInteger total = size(cidr);
    BigInteger reservedHere = BigInteger.ZERO;
    for (Cidr r : reserved) {
      if (r.overlaps(cidr)) {
        reservedHere = reservedHere.add(size(r).min(total));
      }
    }
    long inUse = 0;
    long inUseAndReserved = 0;
    for (AllocationBlock block : inside) {
      for (int i = 0; i < block.allocations().size(); i++) {
        if (block.allocations().get(i) != null) {
          Ip ip = block.cidr().address().plus(i);
          inUse++;
          inUseAndReserved += reserved.stream().anyMatch(r -> r.contains(ip)) ? 1 : 0;
        }
      }
    }
    BigInteger free =
        total.subtract(reservedHere).subtract(BigInteger.valueOf(inUse - inUseAndReserved));
    return List.of(
        grouping,
        cidr.toString(),
        number(total),
        share(BigInteger.valueOf(inUse), total),
        share(reservedHere, total),
        share(free, total));
  }

  private static String number(BigInteger n) {
    return GoNumber.significant(n.doubleValue(), SIGNIFICANT_DIGITS);
  }

  private static String share(BigInteger n, BigInteger total) {
    double percent = 100 * n.doubleValue() / total.doubleValue();
    return "%s (%d%%)".formatted(number(n), Math.round(Math.rint(percent)));
  }

  private static BigInteger size(Cidr cidr) {
    return BigInteger.ONE.shiftLeft(cidr.family().bits() - cidr.length());
  }

  private static List<Cidr> withoutContained(List<Cidr> cidrs) {
    List<Cidr> distinct = cidrs.stream().distinct().toList();
    return distinct.stream()
        .filter(c -> distinct.stream().noneMatch(o -> !o.equals(c) && o.contains(c)))
        .toList();
  }
}
