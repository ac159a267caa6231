package calico.netlink.nftables;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;

/** Random rules of every kind of expression. */
final class RandomExprs {
  private static final int KINDS = 24;

  private RandomExprs() {}

  static List<Expr> rule(Random random) {
    List<Expr> rule = new ArrayList<>();
    for (int n = random.nextInt(8); n > 0; n--) {
      rule.add(expr(random));
    }
    return rule;
  }

  private static <E> E pick(Random random, E[] members) {
    return members[random.nextInt(members.length)];
  }

  private static Value value(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(16)];
    random.nextBytes(bytes);
    return Value.of(bytes);
  }

  private static String name(Random random) {
    return "cali-" + Integer.toHexString(random.nextInt());
  }

  private static Verdict verdict(Random random) {
    return switch (random.nextInt(7)) {
      case 0 -> new Verdict.Accept();
      case 1 -> new Verdict.Drop();
      case 2 -> new Verdict.Return();
      case 3 -> new Verdict.Continue();
      case 4 -> new Verdict.Jump(name(random));
      case 5 -> new Verdict.Queue(random.nextInt(0x10000), random.nextBoolean());
      default -> new Verdict.Goto(name(random));
    };
  }

  private static Expr expr(Random random) {
    int reg = 1 + random.nextInt(4);
    int number = random.nextInt(1 << 16);
    boolean flag = random.nextBoolean();
    return switch (random.nextInt(KINDS)) {
      case 0 -> new Expr.Payload(pick(random, Expr.Base.values()), number, 4, reg);
      case 1 -> new Expr.Meta(pick(random, MetaKey.values()), reg);
      case 2 -> new Expr.MetaSet(MetaKey.MARK, reg);
      case 3 -> new Expr.Ct(pick(random, CtKey.values()), null, reg);
      case 4 -> new Expr.Ct(CtKey.SRC_IP, pick(random, Expr.Direction.values()), reg);
      case 5 -> new Expr.CtSet(CtKey.MARK, reg);
      case 6 -> new Expr.Cmp(pick(random, Expr.CmpOp.values()), reg, value(random));
      case 7 -> new Expr.Bitwise(reg, 1, Value.host32(number), Value.host32(random.nextInt()));
      case 8 -> new Expr.Range(reg, value(random), value(random), flag);
      case 9 -> new Expr.Byteorder(reg, reg, flag, 4, 4);
      case 10 -> new Expr.Lookup(name(random), reg, flag);
      case 11 -> new Expr.MapLookup(name(random), reg, Expr.VERDICT);
      case 12 -> new Expr.Immediate(Expr.VERDICT, verdict(random));
      case 13 -> new Expr.Immediate(reg, value(random));
      case 14 -> new Expr.Counter(random.nextInt(3), random.nextLong());
      case 15 -> new Expr.Log(name(random), random.nextInt(8));
      case 16 -> new Expr.Nflog(name(random), number, number, number);
      case 17 -> new Expr.Reject(pick(random, Expr.RejectType.values()), random.nextInt(256));
      case 18 ->
          new Expr.Limit(
              random.nextLong(), 60, number, pick(random, Expr.LimitUnit.values()), flag);
      case 19 -> new Expr.Nat(Expr.NatType.SNAT, 10, reg, 0, flag ? 2 : 0, 0, Expr.NAT_RANDOM);
      case 20 ->
          new Expr.Fib(
              pick(random, Expr.FibResult.values()),
              EnumSet.of(pick(random, Expr.FibFlag.values())),
              reg);
      case 21 ->
          new Expr.PayloadSet(
              pick(random, Expr.Base.values()), number, 2, reg, flag ? random.nextInt(64) : -1);
      case 22 -> new Expr.Connlimit(number, flag);
      default -> flag ? new Expr.Notrack() : new Expr.Masquerade(Expr.NAT_RANDOM, reg, reg);
    };
  }
}
