package calico.netlink.nftables;

import calico.netlink.AttributeReader;
import calico.netlink.MessageWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes expressions. Attribute numbers per expression, from {@code linux/netfilter/nf_tables.h};
 * be32 unless told otherwise. {@link ExprReader} reads them back.
 *
 * <pre>
 * payload    1 dreg, 2 base, 3 offset, 4 len, 5 sreg, 6 checksum type, 7 checksum offset, 8 flags
 * meta       1 dreg, 2 key, 3 sreg
 * ct         1 dreg, 2 key, 3 direction (u8), 4 sreg
 * cmp        1 sreg, 2 op, 3 data
 * bitwise    1 sreg, 2 dreg, 3 len, 4 mask (data), 5 xor (data), 6 op
 * range      1 sreg, 2 op, 3 from (data), 4 to (data)
 * byteorder  1 sreg, 2 dreg, 3 op, 4 len, 5 size
 * lookup     1 set (string), 2 sreg, 3 dreg, 4 set id, 5 flags
 * immediate  1 dreg, 2 data
 * counter    1 bytes (be64), 2 packets (be64)
 * log        1 group (be16), 2 prefix (string), 3 snaplen, 4 qthreshold (be16), 5 level, 6 flags
 * reject     1 type, 2 code (u8)
 * limit      1 rate (be64), 2 unit (be64, seconds), 3 burst, 4 type, 5 flags
 * connlimit  1 count, 2 flags
 * masq       1 flags, 2 port min, 3 port max
 * nat        1 type, 2 family, 3 address min, 4 address max, 5 port min, 6 port max, 7 flags
 * fib        1 dreg, 2 result, 3 flags
 * data       1 value (bytes), 2 verdict (nested: 1 code, 2 chain)
 * </pre>
 */
@SuppressWarnings("EnumOrdinal") // the enums of Expr list the kernel's numbers in order
final class ExprCodec {
  static final int NAME = 1;
  static final int DATA = 2;
  static final int DATA_VALUE = 1;
  static final int DATA_VERDICT = 2;
  static final int VERDICT_CODE = 1;
  static final int VERDICT_CHAIN = 2;

  static final int CONTINUE = -1;
  static final int BREAK = -2;
  static final int JUMP = -3;
  static final int GOTO = -4;
  static final int RETURN = -5;

  /** NF_QUEUE, with the queue number above it; NF_VERDICT_FLAG_QUEUE_BYPASS. */
  static final int QUEUE = 3;

  static final int QUEUE_BYPASS = 0x8000;

  /** NFT_PAYLOAD_CSUM_INET. */
  static final int INTERNET_CHECKSUM = 1;

  private ExprCodec() {}

  static void encode(MessageWriter to, int listType, List<Expr> expressions) {
    int list = to.nest(listType);
    for (Expr expression : expressions) {
      int element = to.nest(NftMessage.LIST_ELEM);
      encode(to, expression);
      to.endNest(element);
    }
    to.endNest(list);
  }

  static List<Expr> decode(AttributeReader list) {
    List<Expr> expressions = new ArrayList<>();
    while (list.next()) {
      expressions.add(ExprReader.read(list.nested()));
    }
    return expressions;
  }

  static String name(Expr expression) {
    return switch (expression) {
      case Expr.Payload _, Expr.PayloadSet _ -> "payload";
      case Expr.Meta _, Expr.MetaSet _ -> "meta";
      case Expr.Ct _, Expr.CtSet _ -> "ct";
      case Expr.Cmp _ -> "cmp";
      case Expr.Bitwise _ -> "bitwise";
      case Expr.Range _ -> "range";
      case Expr.Byteorder _ -> "byteorder";
      case Expr.Lookup _, Expr.MapLookup _ -> "lookup";
      case Expr.Immediate _ -> "immediate";
      case Expr.Counter _ -> "counter";
      case Expr.Log _, Expr.Nflog _ -> "log";
      case Expr.Reject _ -> "reject";
      case Expr.Limit _ -> "limit";
      case Expr.Connlimit _ -> "connlimit";
      case Expr.Masquerade _ -> "masq";
      case Expr.Nat _ -> "nat";
      case Expr.Fib _ -> "fib";
      case Expr.Notrack _ -> "notrack";
      case Expr.Unknown unknown -> unknown.name();
    };
  }

  static void encode(MessageWriter to, Expr expression) {
    to.string(NAME, name(expression));
    int data = to.nest(DATA);
    attributes(to, expression);
    to.endNest(data);
  }

  private static void attributes(MessageWriter to, Expr expression) {
    switch (expression) {
      case Expr.Payload e ->
          to.be32(1, e.dreg()).be32(2, e.base().ordinal()).be32(3, e.offset()).be32(4, e.length());
      case Expr.PayloadSet e -> {
        to.be32(5, e.sreg()).be32(2, e.base().ordinal()).be32(3, e.offset()).be32(4, e.length());
        boolean checksum = e.checksumOffset() >= 0;
        to.be32(6, checksum ? INTERNET_CHECKSUM : 0).be32(7, checksum ? e.checksumOffset() : 0);
        to.be32(8, 0);
      }
      case Expr.Meta e -> to.be32(2, e.key().code).be32(1, e.dreg());
      case Expr.MetaSet e -> to.be32(2, e.key().code).be32(3, e.sreg());
      case Expr.Ct e -> {
        to.be32(2, e.key().code).be32(1, e.dreg());
        if (e.direction() != null) {
          to.u8(3, e.direction().ordinal());
        }
      }
      case Expr.CtSet e -> to.be32(2, e.key().code).be32(4, e.sreg());
      case Expr.Cmp e -> {
        to.be32(1, e.sreg()).be32(2, e.op().ordinal());
        data(to, 3, e.value());
      }
      case Expr.Bitwise e -> {
        to.be32(1, e.sreg()).be32(2, e.dreg()).be32(6, 0).be32(3, e.mask().length());
        data(to, 4, e.mask());
        data(to, 5, e.xor());
      }
      case Expr.Range e -> {
        to.be32(1, e.sreg()).be32(2, e.invert() ? 1 : 0);
        data(to, 3, e.from());
        data(to, 4, e.to());
      }
      case Expr.Byteorder e ->
          to.be32(1, e.sreg())
              .be32(2, e.dreg())
              .be32(3, e.toNetwork() ? 1 : 0)
              .be32(4, e.length())
              .be32(5, e.size());
      case Expr.Lookup e -> {
        to.be32(2, e.sreg()).string(1, e.set());
        optional(to, 5, e.invert() ? 1 : 0);
      }
      case Expr.MapLookup e -> to.be32(2, e.sreg()).be32(3, e.dreg()).string(1, e.map());
      case Expr.Immediate e -> {
        to.be32(1, e.dreg());
        data(to, 2, e.data());
      }
      case Expr.Counter e -> {
        if (e.bytes() != 0 || e.packets() != 0) {
          to.be64(1, e.bytes()).be64(2, e.packets());
        }
      }
      case Expr.Log _,
          Expr.Nflog _,
          Expr.Reject _,
          Expr.Limit _,
          Expr.Connlimit _,
          Expr.Masquerade _,
          Expr.Nat _,
          Expr.Fib _,
          Expr.Notrack _,
          Expr.Unknown _ ->
          action(to, expression);
    }
  }

  private static void action(MessageWriter to, Expr expression) {
    switch (expression) {
      case Expr.Log e -> to.string(2, e.prefix()).be32(5, e.level());
      case Expr.Nflog e -> {
        to.be16(1, e.group()).string(2, e.prefix()).be16(4, e.queueThreshold());
        if (e.snapLength() != 0) { // a zero would mean to copy nothing
          to.be32(3, e.snapLength());
        }
      }
      case Expr.Reject e -> to.be32(1, e.type().ordinal()).u8(2, e.code());
      case Expr.Limit e ->
          to.be64(1, e.rate())
              .be64(2, e.unitSeconds())
              .be32(3, e.burst())
              .be32(4, e.unit().ordinal())
              .be32(5, e.invert() ? 1 : 0);
      case Expr.Connlimit e -> to.be32(1, e.count()).be32(2, e.invert() ? 1 : 0);
      case Expr.Masquerade e -> {
        optional(to, 1, e.flags());
        optional(to, 2, e.portMinReg());
        optional(to, 3, e.portMaxReg());
      }
      case Expr.Nat e -> {
        to.be32(1, e.type().ordinal()).be32(2, e.family());
        optional(to, 3, e.addressMinReg());
        optional(to, 4, e.addressMaxReg());
        optional(to, 5, e.portMinReg());
        optional(to, 6, e.portMaxReg());
        optional(to, 7, e.flags());
      }
      case Expr.Fib e -> {
        int flags = 0;
        for (Expr.FibFlag flag : e.flags()) {
          flags |= 1 << flag.ordinal();
        }
        to.be32(1, e.dreg()).be32(2, e.result().ordinal() + 1).be32(3, flags);
      }
      case Expr.Unknown e -> to.bytes(e.data().raw());
      default -> {}
    }
  }

  private static void optional(MessageWriter to, int type, int value) {
    if (value != 0) {
      to.be32(type, value);
    }
  }

  static void data(MessageWriter to, int type, Data data) {
    int nest = to.nest(type);
    switch (data) {
      case Value value -> to.attribute(DATA_VALUE, value.raw());
      case Verdict verdict -> {
        int inner = to.nest(DATA_VERDICT);
        verdict(to, verdict);
        to.endNest(inner);
      }
    }
    to.endNest(nest);
  }

  private static void verdict(MessageWriter to, Verdict verdict) {
    switch (verdict) {
      case Verdict.Drop() -> to.be32(VERDICT_CODE, 0);
      case Verdict.Accept() -> to.be32(VERDICT_CODE, 1);
      case Verdict.Continue() -> to.be32(VERDICT_CODE, CONTINUE);
      case Verdict.Break() -> to.be32(VERDICT_CODE, BREAK);
      case Verdict.Return() -> to.be32(VERDICT_CODE, RETURN);
      case Verdict.Jump(var chain) -> to.be32(VERDICT_CODE, JUMP).string(VERDICT_CHAIN, chain);
      case Verdict.Goto(var chain) -> to.be32(VERDICT_CODE, GOTO).string(VERDICT_CHAIN, chain);
      case Verdict.Queue(var number, var bypass) ->
          to.be32(VERDICT_CODE, QUEUE | number << 16 | (bypass ? QUEUE_BYPASS : 0));
    }
  }
}
