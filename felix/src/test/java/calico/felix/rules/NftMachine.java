package calico.felix.rules;

import static java.util.Objects.requireNonNull;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.NftObject.NftElement;
import calico.netlink.nftables.CtKey;
import calico.netlink.nftables.CtState;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.MetaKey;
import calico.netlink.nftables.Value;
import calico.netlink.nftables.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs rendered rules on a packet of a new connection, expression by expression. */
public final class NftMachine {
  private final Map<NftKey, NftObject> table;
  private final Map<String, List<Element>> elements = new HashMap<>();
  private final byte[] registers = new byte[64];
  private int mark;
  private boolean tracked;

  /** Whether the packet's destination was translated. */
  boolean translated;

  /** Whether more packets have come than any rate allows. */
  boolean overRate;

  /** Whether there are more connections than any limit allows. */
  boolean overConnections;

  /** Differentiated services code point with which the last packet went on. */
  int codePoint;

  /** Text of the log lines that the last packet made. */
  final List<String> logged = new ArrayList<>();

  /** Comment of the rule that decided the last packet, or "policy". */
  public String decidedBy = "";

  public NftMachine(Map<NftKey, NftObject> table) {
    this.table = table;
    table.forEach(
        (key, object) -> {
          if (key instanceof NftKey.ElementKey e && object instanceof NftElement element) {
            elements.computeIfAbsent(e.set(), _ -> new ArrayList<>()).add(element.element());
          }
        });
  }

  /** Whether the base chains, those that are there, let the packet pass one after the other. */
  public boolean accepts(Packet packet, String... baseChains) {
    mark = 0;
    tracked = true;
    codePoint = 0;
    logged.clear();
    decidedBy = "policy";
    for (String chain : baseChains) {
      if (table.containsKey(new ChainKey(chain)) && run(chain, packet) instanceof Verdict.Drop) {
        return false;
      }
    }
    return true;
  }

  private @Nullable Verdict run(String chain, Packet packet) {
    if (!(table.get(new ChainKey(chain)) instanceof NftChain c)) {
      throw new AssertionError("jump to " + chain + ", which is not there");
    }
    for (NftRule rule : c.rules()) {
      Verdict verdict = run(rule, packet);
      switch (verdict) {
        case null -> {}
        case Verdict.Accept _, Verdict.Drop _ -> {
          decidedBy = rule.comment();
          return verdict;
        }
        case Verdict.Return _ -> {
          return null;
        }
        case Verdict.Jump jump -> {
          Verdict result = run(jump.chain(), packet);
          if (result != null) {
            return result;
          }
        }
        case Verdict.Goto go -> {
          return run(go.chain(), packet);
        }
        case Verdict.Continue _, Verdict.Break _ -> {}
        case Verdict.Queue queue -> throw new AssertionError(queue);
      }
    }
    return null;
  }

  /** The verdict, or null if the rule does not match or decides nothing. */
  private @Nullable Verdict run(NftRule rule, Packet packet) {
    for (Expr expr : rule.expressions()) {
      switch (expr) {
        case Expr.Payload p -> {
          byte[] header = p.base() == Expr.Base.NETWORK ? packet.network() : packet.transport();
          store(p.dreg(), Arrays.copyOfRange(header, p.offset(), p.offset() + p.length()));
        }
        case Expr.Meta m -> store(m.dreg(), meta(m.key(), packet));
        case Expr.MetaSet s -> mark = load(s.sreg(), 4).hostInt();
        case Expr.Ct c when c.key() == CtKey.STATE -> store(c.dreg(), state());
        case Expr.Ct c when c.key() == CtKey.STATUS -> {
          if (!tracked) {
            return null;
          }
          store(c.dreg(), Value.host32(translated ? 0x20 : 0).bytes());
        }
        case Expr.Notrack _ -> tracked = false;
        case Expr.Cmp c -> {
          if (!compare(c.op(), load(c.sreg(), c.value().length()).compareTo(c.value()))) {
            return null;
          }
        }
        case Expr.Bitwise b -> store(b.dreg(), bitwise(b));
        case Expr.Range r -> {
          Value value = load(r.sreg(), r.from().length());
          boolean inside = value.compareTo(r.from()) >= 0 && value.compareTo(r.to()) <= 0;
          if (inside == r.invert()) {
            return null;
          }
        }
        case Expr.Lookup l -> {
          if (!table.containsKey(new NftKey.SetKey(l.set()))) {
            throw new AssertionError("lookup in " + l.set() + ", which is not there");
          }
          if ((find(l.set(), l.sreg()) != null) == l.invert()) {
            return null;
          }
        }
        case Expr.MapLookup m -> {
          Element element = find(m.map(), m.sreg());
          if (element == null || element.data() instanceof Verdict) {
            return element == null ? null : (Verdict) element.data();
          }
          store(m.dreg(), ((Value) requireNonNull(element.data())).bytes());
        }
        case Expr.Immediate i when i.data() instanceof Value v -> store(i.dreg(), v.bytes());
        case Expr.Immediate i when i.data() instanceof Verdict v -> {
          return v;
        }
        case Expr.PayloadSet p -> codePoint = codePoint(p);
        case Expr.Fib fib when fib.result() == Expr.FibResult.ADDRESS_TYPE ->
            store(fib.dreg(), Value.host32(1).bytes());
        case Expr.Limit limit when overRate != limit.invert() -> {
          return null;
        }
        case Expr.Connlimit limit when overConnections != limit.invert() -> {
          return null;
        }
        case Expr.Limit _, Expr.Connlimit _, Expr.Counter _, Expr.Nflog _ -> {}
        case Expr.Log log -> logged.add(log.prefix());
        case Expr.Reject _ -> {
          return new Verdict.Drop();
        }
        default -> throw new AssertionError("the machine does not know " + expr);
      }
    }
    return null;
  }

  private byte[] state() {
    return Value.host32(CtState.mask(tracked ? CtState.NEW : CtState.UNTRACKED)).bytes();
  }

  private byte[] bitwise(Expr.Bitwise b) {
    byte[] data = load(b.sreg(), b.mask().length()).bytes();
    byte[] mask = b.mask().bytes();
    byte[] xor = b.xor().bytes();
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) ((data[i] & mask[i]) ^ xor[i]);
    }
    return data;
  }

  /** Of the first two bytes of a header: in IPv4 six bits from 8 on, in IPv6 from 4 on. */
  private int codePoint(Expr.PayloadSet p) {
    byte[] bytes = load(p.sreg(), p.length()).bytes();
    boolean ipv4 = p.checksumOffset() >= 0;
    return ((bytes[0] & 0xff) << 8 | (bytes[1] & 0xff)) >> (ipv4 ? 2 : 6) & 0x3f;
  }

  private byte[] meta(MetaKey key, Packet packet) {
    return switch (key) {
      case IIFNAME -> name(packet.input());
      case OIFNAME -> name(packet.output());
      case L4PROTO -> Value.u8(packet.protocol()).bytes();
      case MARK -> Value.host32(mark).bytes();
      default -> throw new AssertionError("the machine does not know meta " + key);
    };
  }

  private static byte[] name(String name) {
    return name.isEmpty() ? new byte[16] : Value.ifname(name).bytes();
  }

  private static boolean compare(Expr.CmpOp op, int c) {
    return switch (op) {
      case EQ -> c == 0;
      case NEQ -> c != 0;
      case LT -> c < 0;
      case LTE -> c <= 0;
      case GT -> c > 0;
      case GTE -> c >= 0;
    };
  }

  private @Nullable Element find(String set, int register) {
    Element catchall = null;
    for (Element element : elements.getOrDefault(set, List.of())) {
      if (element.isCatchall()) {
        catchall = element;
        continue;
      }
      Value value = load(register, element.from().length());
      if (value.compareTo(element.from()) >= 0 && value.compareTo(element.to()) <= 0) {
        return element;
      }
    }
    return catchall;
  }

  private static int offset(int register) {
    return register >= 8 ? (register - 8) * 4 : (register - 1) * 16;
  }

  /** As the kernel does, zeroes the rest of the last word. */
  private void store(int register, byte[] data) {
    byte[] padded = Arrays.copyOf(data, (data.length + 3) & ~3);
    System.arraycopy(padded, 0, registers, offset(register), padded.length);
  }

  private Value load(int register, int length) {
    return Value.of(Arrays.copyOfRange(registers, offset(register), offset(register) + length));
  }
}
