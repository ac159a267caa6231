package calico.netlink.nftables;

import calico.netlink.AttributeReader;
import calico.netlink.MalformedMessageException;
import calico.netlink.nftables.Expr.Base;
import calico.netlink.nftables.Expr.CmpOp;
import calico.netlink.nftables.Expr.Direction;
import calico.netlink.nftables.Expr.FibFlag;
import calico.netlink.nftables.Expr.FibResult;
import calico.netlink.nftables.Expr.LimitUnit;
import calico.netlink.nftables.Expr.NatType;
import calico.netlink.nftables.Expr.RejectType;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one expression; the tables stand in {@link ExprCodec}. What this does not know, or knows
 * with attributes it does not, becomes {@link Expr.Unknown}: reading back never fails on a rule
 * that somebody else made.
 */
@SuppressWarnings("EnumOrdinal") // as in ExprCodec
final class ExprReader {
  /** Attributes by number; no known expression has more than nine. */
  private static final int SLOTS = 10;

  private final String name;
  private final byte[][] slots = new byte[SLOTS][];

  private ExprReader(String name) {
    this.name = name;
  }

  /** The expression in a NFTA_LIST_ELEM. */
  static Expr read(AttributeReader element) {
    String name = "";
    byte[] raw = {};
    while (element.next()) {
      switch (element.type()) {
        case ExprCodec.NAME -> name = element.string();
        case ExprCodec.DATA -> raw = element.bytes();
        default -> {}
      }
    }
    ExprReader reader = new ExprReader(name);
    AttributeReader in = AttributeReader.of(raw);
    while (in.next()) {
      if (in.type() < SLOTS) {
        reader.slots[in.type()] = in.bytes();
      }
    }
    Expr known = reader.known();
    return known != null ? known : new Expr.Unknown(name, Value.of(raw));
  }

  private @Nullable Expr known() {
    return switch (name) {
      case "payload" -> payload();
      case "meta" -> meta();
      case "ct" -> ct();
      case "cmp" -> {
        CmpOp op = member(CmpOp.values(), number(2));
        yield op != null && data(3) instanceof Value v ? new Expr.Cmp(op, number(1), v) : null;
      }
      case "bitwise" ->
          number(6) == 0 && data(4) instanceof Value mask && data(5) instanceof Value xor
              ? new Expr.Bitwise(number(1), number(2), mask, xor)
              : null;
      case "range" ->
          data(3) instanceof Value from && data(4) instanceof Value to
              ? new Expr.Range(number(1), from, to, number(2) == 1)
              : null;
      case "byteorder" ->
          new Expr.Byteorder(number(1), number(2), number(3) == 1, number(4), number(5));
      case "lookup" -> lookup();
      case "immediate" -> {
        Data data = data(2);
        yield data == null ? null : new Expr.Immediate(number(1), data);
      }
      case "counter" -> new Expr.Counter(big(2), big(1));
      case "log" -> log();
      case "reject" -> {
        RejectType type = member(RejectType.values(), number(1));
        yield type == null ? null : new Expr.Reject(type, number(2));
      }
      case "limit" -> {
        LimitUnit unit = member(LimitUnit.values(), number(4));
        yield unit == null
            ? null
            : new Expr.Limit(big(1), big(2), number(3), unit, (number(5) & 1) != 0);
      }
      case "connlimit" -> new Expr.Connlimit(number(1), (number(2) & 1) != 0);
      case "masq" -> new Expr.Masquerade(number(1), number(2), number(3));
      case "nat" -> {
        NatType type = member(NatType.values(), number(1));
        yield type == null
            ? null
            : new Expr.Nat(type, number(2), number(3), number(4), number(5), number(6), number(7));
      }
      case "fib" -> fib();
      case "notrack" -> new Expr.Notrack();
      default -> null;
    };
  }

  private @Nullable Expr payload() {
    Base base = member(Base.values(), number(2));
    if (base == null) {
      return null;
    }
    if (!has(5)) {
      return new Expr.Payload(base, number(3), number(4), number(1));
    }
    // SCTP has a checksum of its own, and a pseudo-header can be changed too: not ours.
    if (number(6) > ExprCodec.INTERNET_CHECKSUM || number(8) != 0) {
      return null;
    }
    int checksumOffset = number(6) == 0 ? -1 : number(7);
    return new Expr.PayloadSet(base, number(3), number(4), number(5), checksumOffset);
  }

  private @Nullable Expr meta() {
    MetaKey key = MetaKey.of(number(2));
    if (key == null) {
      return null;
    }
    return has(3) ? new Expr.MetaSet(key, number(3)) : new Expr.Meta(key, number(1));
  }

  private @Nullable Expr ct() {
    CtKey key = CtKey.of(number(2));
    if (key == null) {
      return null;
    }
    if (has(4)) {
      return has(3) ? null : new Expr.CtSet(key, number(4));
    }
    return new Expr.Ct(key, has(3) ? member(Direction.values(), number(3)) : null, number(1));
  }

  private Expr lookup() {
    return has(3)
        ? new Expr.MapLookup(text(1), number(2), number(3))
        : new Expr.Lookup(text(1), number(2), (number(5) & 1) != 0);
  }

  private @Nullable Expr log() {
    if (has(1)) {
      return new Expr.Nflog(text(2), number(1), number(3), number(4));
    }
    return number(6) == 0 ? new Expr.Log(text(2), number(5)) : null;
  }

  private @Nullable Expr fib() {
    FibResult result = member(FibResult.values(), number(2) - 1);
    int bits = number(3);
    if (result == null || bits >>> FibFlag.values().length != 0) {
      return null;
    }
    Set<FibFlag> flags = EnumSet.noneOf(FibFlag.class);
    for (FibFlag flag : FibFlag.values()) {
      if ((bits & 1 << flag.ordinal()) != 0) {
        flags.add(flag);
      }
    }
    return new Expr.Fib(result, flags, number(1));
  }

  private boolean has(int slot) {
    return slots[slot] != null;
  }

  /** A big-endian number of one to four bytes; 0 when absent. */
  private int number(int slot) {
    byte[] bytes = slots[slot];
    if (bytes == null) {
      return 0;
    }
    if (bytes.length > 4) {
      throw wrong(slot, bytes, "at most 4");
    }
    return (int) big(bytes);
  }

  private long big(int slot) {
    byte[] bytes = slots[slot];
    if (bytes == null) {
      return 0;
    }
    if (bytes.length > 8) {
      throw wrong(slot, bytes, "at most 8");
    }
    return big(bytes);
  }

  private static long big(byte[] bytes) {
    long number = 0;
    for (byte b : bytes) {
      number = (number << 8) | (b & 0xff);
    }
    return number;
  }

  private MalformedMessageException wrong(int slot, byte[] bytes, String expected) {
    return new MalformedMessageException(
        "expression "
            + name
            + ": attribute "
            + slot
            + " has "
            + bytes.length
            + " bytes, expected "
            + expected);
  }

  private String text(int slot) {
    return slots[slot] == null ? "" : Value.of(slots[slot]).text();
  }

  private @Nullable Data data(int slot) {
    return slots[slot] == null ? null : data(AttributeReader.of(slots[slot]));
  }

  /** The content of a NFTA_*_DATA attribute; null when it has neither value nor known verdict. */
  static @Nullable Data data(AttributeReader in) {
    Data data = null;
    while (in.next()) {
      switch (in.type()) {
        case ExprCodec.DATA_VALUE -> data = Value.of(in.bytes());
        case ExprCodec.DATA_VERDICT -> data = verdict(in.nested());
        default -> {}
      }
    }
    return data;
  }

  private static @Nullable Verdict verdict(AttributeReader in) {
    int code = 0;
    String chain = "";
    while (in.next()) {
      switch (in.type()) {
        case ExprCodec.VERDICT_CODE -> code = in.be32();
        case ExprCodec.VERDICT_CHAIN -> chain = in.string();
        default -> {}
      }
    }
    return switch (code) {
      case 0 -> new Verdict.Drop();
      case 1 -> new Verdict.Accept();
      case ExprCodec.CONTINUE -> new Verdict.Continue();
      case ExprCodec.BREAK -> new Verdict.Break();
      case ExprCodec.RETURN -> new Verdict.Return();
      case ExprCodec.JUMP -> new Verdict.Jump(chain);
      case ExprCodec.GOTO -> new Verdict.Goto(chain);
      default ->
          (code & 0xff) == ExprCodec.QUEUE
              ? new Verdict.Queue(code >>> 16, (code & ExprCodec.QUEUE_BYPASS) != 0)
              : null;
    };
  }

  private static <E> @Nullable E member(E[] members, int index) {
    return index >= 0 && index < members.length ? members[index] : null;
  }
}
