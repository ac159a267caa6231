package calico.netlink.nftables;

import calico.netlink.nftables.Expr.Base;
import calico.netlink.nftables.Expr.Bitwise;
import calico.netlink.nftables.Expr.Cmp;
import calico.netlink.nftables.Expr.CmpOp;
import calico.netlink.nftables.Expr.Ct;
import calico.netlink.nftables.Expr.Immediate;
import calico.netlink.nftables.Expr.Lookup;
import calico.netlink.nftables.Expr.MapLookup;
import calico.netlink.nftables.Expr.Meta;
import calico.netlink.nftables.Expr.MetaSet;
import calico.netlink.nftables.Expr.Payload;
import calico.netlink.nftables.Expr.PayloadSet;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The usual phrases of a rule as expressions, all through {@link Expr#REG_1}. Address phrases do
 * not check the family: in an inet table put {@link #nfproto} before them.
 */
public final class Match {
  /** {@link #nfproto}: IPv4. */
  public static final int IPV4 = 2;

  /** {@link #nfproto}: IPv6. */
  public static final int IPV6 = 10;

  private static final int R = Expr.REG_1;
  private static final int IPV4_CHECKSUM = 10;

  private Match() {}

  /** One list from several phrases. */
  @SafeVarargs
  public static List<Expr> all(List<? extends Expr>... phrases) {
    List<Expr> all = new ArrayList<>();
    for (List<? extends Expr> phrase : phrases) {
      all.addAll(phrase);
    }
    return List.copyOf(all);
  }

  /** {@code meta iifname "eth0"}; a name that ends in {@code *} matches by its beginning. */
  public static List<Expr> iifname(String name) {
    return List.of(new Meta(MetaKey.IIFNAME, R), new Cmp(CmpOp.EQ, R, interfaceName(name)));
  }

  /** {@code meta oifname "eth0"}; a name that ends in {@code *} matches by its beginning. */
  public static List<Expr> oifname(String name) {
    return List.of(new Meta(MetaKey.OIFNAME, R), new Cmp(CmpOp.EQ, R, interfaceName(name)));
  }

  /** The bytes to compare with an interface name. */
  public static Value interfaceName(String name) {
    return name.endsWith("*")
        ? Value.ifnamePrefix(name.substring(0, name.length() - 1))
        : Value.ifname(name);
  }

  /** {@code meta nfproto}: {@link #IPV4} or {@link #IPV6}. */
  public static List<Expr> nfproto(int family) {
    return List.of(new Meta(MetaKey.NFPROTO, R), new Cmp(CmpOp.EQ, R, Value.u8(family)));
  }

  /** {@code meta l4proto}, e.g. 6 TCP, 17 UDP. */
  public static List<Expr> l4proto(int protocol) {
    return List.of(new Meta(MetaKey.L4PROTO, R), new Cmp(CmpOp.EQ, R, Value.u8(protocol)));
  }

  /** {@code ct state established,related}. */
  public static List<Expr> ctState(CtState... states) {
    return List.of(
        new Ct(CtKey.STATE, null, R),
        new Bitwise(R, R, Value.host32(CtState.mask(states)), Value.zeros(4)),
        new Cmp(CmpOp.NEQ, R, Value.zeros(4)));
  }

  /** {@code meta mark & mask == value}. */
  public static List<Expr> mark(int mask, int value) {
    return List.of(
        new Meta(MetaKey.MARK, R),
        new Bitwise(R, R, Value.host32(mask), Value.zeros(4)),
        new Cmp(CmpOp.EQ, R, Value.host32(value)));
  }

  /** {@code meta mark set mark & ~mask | bits}; only bits inside of {@code mask} change. */
  public static List<Expr> setMark(int mask, int bits) {
    return List.of(
        new Meta(MetaKey.MARK, R),
        new Bitwise(R, R, Value.host32(~mask), Value.host32(bits)),
        new MetaSet(MetaKey.MARK, R));
  }

  /** {@code ip saddr 10.0.0.0/8} or {@code ip6 saddr ...}, by the address's family. */
  public static List<Expr> saddr(InetAddress network, int prefixLength) {
    return address(saddrInto(network.getAddress().length == 4, R), network, prefixLength);
  }

  /** {@code ip daddr 10.0.0.0/8} or {@code ip6 daddr ...}, by the address's family. */
  public static List<Expr> daddr(InetAddress network, int prefixLength) {
    return address(daddrInto(network.getAddress().length == 4, R), network, prefixLength);
  }

  private static List<Expr> address(Payload load, InetAddress network, int prefixLength) {
    Value value = Value.ip(network);
    if (prefixLength == value.length() * 8) {
      return List.of(load, new Cmp(CmpOp.EQ, R, value));
    }
    Value mask = Value.prefixMask(prefixLength, value.length());
    return List.of(
        load, new Bitwise(R, R, mask, Value.zeros(value.length())), new Cmp(CmpOp.EQ, R, value));
  }

  /** The source address: at 12 of an IPv4 header, at 8 of an IPv6 header. */
  public static Payload saddrInto(boolean ipv4, int dreg) {
    return ipv4 ? new Payload(Base.NETWORK, 12, 4, dreg) : new Payload(Base.NETWORK, 8, 16, dreg);
  }

  /** The destination address: at 16 of an IPv4 header, at 24 of an IPv6 header. */
  public static Payload daddrInto(boolean ipv4, int dreg) {
    return ipv4 ? new Payload(Base.NETWORK, 16, 4, dreg) : new Payload(Base.NETWORK, 24, 16, dreg);
  }

  /** The source port of TCP, UDP, UDP-Lite, SCTP; the protocol has to be matched before. */
  public static Payload sportInto(int dreg) {
    return new Payload(Base.TRANSPORT, 0, 2, dreg);
  }

  /** The destination port of TCP, UDP, UDP-Lite, SCTP; the protocol has to be matched before. */
  public static Payload dportInto(int dreg) {
    return new Payload(Base.TRANSPORT, 2, 2, dreg);
  }

  /** {@code th sport}. */
  public static List<Expr> sport(int port) {
    return List.of(sportInto(R), new Cmp(CmpOp.EQ, R, Value.be16(port)));
  }

  /** {@code th dport}. */
  public static List<Expr> dport(int port) {
    return List.of(dportInto(R), new Cmp(CmpOp.EQ, R, Value.be16(port)));
  }

  /** {@code icmp type} or {@code icmpv6 type}; the protocol has to be matched before. */
  public static List<Expr> icmpType(int type) {
    return List.of(new Payload(Base.TRANSPORT, 0, 1, R), new Cmp(CmpOp.EQ, R, Value.u8(type)));
  }

  /**
   * {@code ip dscp set 10} or {@code ip6 dscp set 10}: of an IPv4 header the upper six bits of the
   * second byte; of an IPv6 header the six bits after the version.
   */
  public static List<Expr> setDscp(boolean ipv4, int codePoint) {
    return List.of(
        new Payload(Base.NETWORK, 0, 2, R),
        new Bitwise(
            R,
            R,
            Value.be16(ipv4 ? 0xff03 : 0xf03f),
            Value.be16(ipv4 ? codePoint << 2 : codePoint << 6)),
        new PayloadSet(Base.NETWORK, 0, 2, R, ipv4 ? IPV4_CHECKSUM : -1));
  }

  /** The loaded register is in the set. */
  public static Lookup in(String set) {
    return new Lookup(set, R, false);
  }

  /** The loaded register is not in the set. */
  public static Lookup notIn(String set) {
    return new Lookup(set, R, true);
  }

  /** The loaded register's verdict in the map; the next rule when there is none. */
  public static MapLookup vmap(String map) {
    return new MapLookup(map, R, Expr.VERDICT);
  }

  public static Immediate accept() {
    return verdict(new Verdict.Accept());
  }

  public static Immediate drop() {
    return verdict(new Verdict.Drop());
  }

  /** Back to the calling chain. */
  public static Immediate giveBack() {
    return verdict(new Verdict.Return());
  }

  public static Immediate jump(String chain) {
    return verdict(new Verdict.Jump(chain));
  }

  public static Immediate goTo(String chain) {
    return verdict(new Verdict.Goto(chain));
  }

  public static Immediate verdict(Verdict verdict) {
    return new Immediate(Expr.VERDICT, verdict);
  }
}
