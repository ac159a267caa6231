package calico.netlink.nftables;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One instruction of a rule. A rule is a list of these, run left to right over a small register
 * file; a comparison that fails ends the rule.
 *
 * <p>Registers: {@link #VERDICT} decides the packet; {@link #REG_1} to 4 are sixteen bytes each;
 * {@link #reg32} names the same memory in sixteen words of four bytes, for the fields of a
 * concatenated key: words 0 to 3 are REG_1, and so on.
 *
 * <pre>
 * NFTA_RULE_EXPRESSIONS (nested)
 *   NFTA_LIST_ELEM (1, nested), one per expression
 *     NFTA_EXPR_NAME (1)  string: "payload", "cmp", ...
 *     NFTA_EXPR_DATA (2)  nested attributes of that expression; every number is big-endian
 * </pre>
 *
 * Source: {@code linux/netfilter/nf_tables.h}. The attribute tables stand in {@link ExprCodec}.
 */
public sealed interface Expr {
  int VERDICT = 0;
  int REG_1 = 1;
  int REG_2 = 2;
  int REG_3 = 3;

  /** The register of word {@code index} (0 to 15), NFT_REG32_00 + index. */
  static int reg32(int index) {
    if (index < 0 || index > 15) {
      throw new IllegalArgumentException("register words are 0 to 15, not " + index);
    }
    return 8 + index;
  }

  /** Where a payload offset counts from; {@code enum nft_payload_bases}. */
  enum Base {
    LINK,
    NETWORK,
    TRANSPORT
  }

  /** {@code enum nft_cmp_ops}. */
  enum CmpOp {
    EQ,
    NEQ,
    LT,
    LTE,
    GT,
    GTE
  }

  /** Which of a connection's two tuples; {@code enum ip_conntrack_dir}. */
  enum Direction {
    ORIGINAL,
    REPLY
  }

  /** {@code enum nft_nat_types}. */
  enum NatType {
    SNAT,
    DNAT
  }

  /** {@code enum nft_limit_type}. */
  enum LimitUnit {
    PACKETS,
    BYTES
  }

  /** {@code enum nft_fib_result}, from 1. */
  enum FibResult {
    /** Interface index the route goes out of, 4, host order; 0 when there is none. */
    OIF,
    /** Its name, 16. */
    OIFNAME,
    /** RTN_* type of the address, 4, host order: 1 unicast, 2 local, 3 broadcast. */
    ADDRESS_TYPE
  }

  /** {@code enum nft_fib_flags}, bit by bit from 1. */
  enum FibFlag {
    SOURCE,
    DESTINATION,
    MARK,
    IIF,
    OIF,
    /** The result is one byte: 1 when a route exists, else 0. */
    PRESENT
  }

  /** {@code enum nft_reject_types}. */
  enum RejectType {
    /** The code is of the table's own family (ICMP or ICMPv6). */
    ICMP_UNREACHABLE,
    TCP_RESET,
    /** For inet tables: 0 no route, 1 port, 2 host, 3 administratively prohibited. */
    ICMPX_UNREACHABLE
  }

  /** Copies {@code length} bytes of the packet into a register. */
  record Payload(Base base, int offset, int length, int dreg) implements Expr {}

  /**
   * Writes a register over {@code length} bytes of the packet.
   *
   * @param checksumOffset of the internet checksum that is put right, from the same base; -1: none
   */
  record PayloadSet(Base base, int offset, int length, int sreg, int checksumOffset)
      implements Expr {}

  /** Reads packet metadata into a register. */
  record Meta(MetaKey key, int dreg) implements Expr {}

  /** Writes a register to packet metadata. */
  record MetaSet(MetaKey key, int sreg) implements Expr {}

  /** Reads the connection; {@code direction} is needed for tuple and counter keys. */
  record Ct(CtKey key, @Nullable Direction direction, int dreg) implements Expr {}

  /** Writes a register to the connection. */
  record CtSet(CtKey key, int sreg) implements Expr {}

  /** Goes on only when register {@code sreg} compares so with {@code value}, byte by byte. */
  record Cmp(CmpOp op, int sreg, Value value) implements Expr {}

  /** {@code dreg = (sreg & mask) ^ xor}; both values have the width of the data. */
  record Bitwise(int sreg, int dreg, Value mask, Value xor) implements Expr {}

  /** Goes on when {@code from <= sreg <= to}, or outside of it when inverted. */
  record Range(int sreg, Value from, Value to, boolean invert) implements Expr {}

  /** Swaps between host and network order; {@code size} 2, 4 or 8 is the width of one number. */
  record Byteorder(int sreg, int dreg, boolean toNetwork, int length, int size) implements Expr {}

  /** Goes on when the register's content is in the set, or is not when inverted. */
  record Lookup(String set, int sreg, boolean invert) implements Expr {}

  /** Looks the register up in a map; the result goes to {@code dreg}; no entry ends the rule. */
  record MapLookup(String map, int sreg, int dreg) implements Expr {}

  /** Loads a constant; a {@link Verdict} goes to {@link #VERDICT}. */
  record Immediate(int dreg, Data data) implements Expr {}

  /** Counts; the numbers are the start value when written and the current value when read. */
  record Counter(long packets, long bytes) implements Expr {}

  /** A line in the kernel log; {@code level} as in syslog, 0 to 7. */
  record Log(String prefix, int level) implements Expr {}

  /** A copy to an NFLOG {@code group}; {@code snapLength} 0 means the whole packet. */
  record Nflog(String prefix, int group, int snapLength, int queueThreshold) implements Expr {}

  /** Answers the sender and drops; {@code code} matters for the two ICMP types. */
  record Reject(RejectType type, int code) implements Expr {}

  /** Goes on while under {@code rate} per {@code unitSeconds}, or while over it when inverted. */
  record Limit(long rate, long unitSeconds, int burst, LimitUnit unit, boolean invert)
      implements Expr {}

  /**
   * Goes on while the connection's limit group has at most {@code count}, or over when inverted.
   */
  record Connlimit(int count, boolean invert) implements Expr {}

  /**
   * Source NAT to the outgoing interface's address. Port registers may be 0: none. {@code flags}
   * are NF_NAT_RANGE_* bits: {@link #NAT_RANDOM}, {@link #NAT_FULLY_RANDOM}; the one that says that
   * ports are given is set here, for the kernel does not.
   */
  record Masquerade(int flags, int portMinReg, int portMaxReg) implements Expr {
    public Masquerade {
      portMaxReg = portMaxReg == 0 ? portMinReg : portMaxReg;
      flags |= portMinReg == 0 ? 0 : PORT_GIVEN;
    }
  }

  /**
   * NAT from registers; 0 means: not given, and for a maximum: as the minimum. {@code family} is 2
   * (IPv4) or 10 (IPv6). {@code flags} are NF_NAT_RANGE_* bits; those that say what is given are
   * set here, as the kernel does.
   */
  record Nat(
      NatType type,
      int family,
      int addressMinReg,
      int addressMaxReg,
      int portMinReg,
      int portMaxReg,
      int flags)
      implements Expr {
    /** NF_NAT_RANGE_MAP_IPS. */
    private static final int ADDRESS_GIVEN = 1;

    public Nat {
      addressMaxReg = addressMaxReg == 0 ? addressMinReg : addressMaxReg;
      portMaxReg = portMaxReg == 0 ? portMinReg : portMaxReg;
      flags |= (addressMinReg == 0 ? 0 : ADDRESS_GIVEN) | (portMinReg == 0 ? 0 : PORT_GIVEN);
    }
  }

  /** Asks the routing table about the packet. */
  record Fib(FibResult result, Set<FibFlag> flags, int dreg) implements Expr {
    public Fib {
      flags = Set.copyOf(flags);
    }
  }

  /** Tells conntrack to leave this packet alone; only at raw priority. */
  record Notrack() implements Expr {}

  /** An expression that this codec does not know, as the kernel sent it. Can be written back. */
  record Unknown(String name, Value data) implements Expr {}

  /** NF_NAT_RANGE_PROTO_SPECIFIED. */
  int PORT_GIVEN = 2;

  /** NF_NAT_RANGE_PROTO_RANDOM. */
  int NAT_RANDOM = 4;

  /** NF_NAT_RANGE_PROTO_RANDOM_FULLY. */
  int NAT_FULLY_RANDOM = 16;
}
