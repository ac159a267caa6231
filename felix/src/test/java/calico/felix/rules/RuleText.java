package calico.felix.rules;

import calico.netlink.nftables.Element;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Value;
import calico.netlink.nftables.Verdict;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Rules in short, readable text, for comparison with what is expected. */
final class RuleText {
  private RuleText() {}

  static String chain(Map<NftKey, NftObject> table, String name) {
    if (!(table.get(new NftKey.ChainKey(name)) instanceof NftObject.NftChain chain)) {
      throw new AssertionError("no chain " + name);
    }
    return chain.rules().stream()
        .map(rule -> rule(table, rule.expressions()) + "  # " + rule.comment().substring(23))
        .collect(Collectors.joining("\n"));
  }

  static String rule(Map<NftKey, NftObject> table, List<Expr> expressions) {
    return expressions.stream().map(e -> text(table, e)).collect(Collectors.joining(" "));
  }

  private static String text(Map<NftKey, NftObject> table, Expr expr) {
    return switch (expr) {
      case Expr.Payload p -> p.base().name().charAt(0) + "+" + p.offset() + "/" + p.length();
      case Expr.Meta m -> m.key().name().toLowerCase(java.util.Locale.ROOT);
      case Expr.MetaSet m -> "set-" + m.key().name().toLowerCase(java.util.Locale.ROOT);
      case Expr.Ct c -> "ct-" + c.key().name().toLowerCase(java.util.Locale.ROOT);
      case Expr.Cmp c -> c.op().name().toLowerCase(java.util.Locale.ROOT) + " " + c.value();
      case Expr.Bitwise b -> "& " + b.mask() + " ^ " + b.xor();
      case Expr.Range r -> (r.invert() ? "not " : "") + r.from() + "-" + r.to();
      case Expr.Lookup l -> (l.invert() ? "not " : "") + "in " + set(table, l.set());
      case Expr.MapLookup m -> "vmap " + m.map();
      case Expr.Immediate i when i.data() instanceof Verdict v ->
          v.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT)
              + (v instanceof Verdict.Jump j ? " " + j.chain() : "")
              + (v instanceof Verdict.Goto g ? " " + g.chain() : "");
      case Expr.Counter _ -> "counter";
      case Expr.Nflog _ -> "tell";
      case Expr.Fib f -> "fib-" + new TreeSet<>(f.flags()) + "-" + f.result();
      default -> expr.toString();
    };
  }

  /** A constant set by its content, another by its name. */
  private static String set(Map<NftKey, NftObject> table, String name) {
    if (!name.startsWith("c-", 6)) {
      return name;
    }
    return table.entrySet().stream()
        .filter(e -> e.getKey() instanceof NftKey.ElementKey k && k.set().equals(name))
        .map(e -> range(((NftObject.NftElement) e.getValue()).element()))
        .sorted()
        .toList()
        .toString();
  }

  private static String range(Element element) {
    Value from = element.from();
    return from.equals(element.to()) ? from.toString() : from + "-" + element.to();
  }
}
