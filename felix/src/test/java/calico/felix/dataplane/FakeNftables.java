package calico.felix.dataplane;

import calico.netlink.AttributeReader;
import calico.netlink.Errno;
import calico.netlink.MessageWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The nf_tables subsystem of a kernel that is played: tables, chains, rules, sets and their
 * elements, with the references between them. A batch is done as a whole or not at all. What was
 * sent is kept as it was sent, and given back so. Numbers are those of {@code
 * linux/netfilter/nf_tables.h}.
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
final class FakeNftables {
  private static final int EBUSY = 16;
  private static final int ENOTEMPTY = 39;
  private static final int INTERVAL = 0x4;
  private static final int CONCAT = 0x80;
  private static final int INTERVAL_END = 1;
  private static final int SUBSYSTEM = 10 << 8;
  private static final int LIST_ELEM = 1;
  private static final String NONE = "";

  private Map<String, Table> tables = new LinkedHashMap<>();
  private int generation = 1;
  private long lastHandle;

  /** A request of a batch, or one to tell something. */
  record Call(int type, int family, byte[] attributes) {
    static Call of(int type, byte[] body) {
      return new Call(type, body[0], Arrays.copyOfRange(body, 4, body.length));
    }

    AttributeReader in() {
      return AttributeReader.of(attributes);
    }

    /** A string among the attributes, or an empty one. */
    String string(int attribute) {
      AttributeReader in = in();
      while (in.next()) {
        if (in.type() == attribute) {
          return in.string();
        }
      }
      return NONE;
    }

    byte @Nullable [] bytes(int attribute) {
      AttributeReader in = in();
      while (in.next()) {
        if (in.type() == attribute) {
          return in.bytes();
        }
      }
      return null;
    }

    String table(int attribute) {
      return key(family, string(attribute));
    }
  }

  private record Rule(byte[] attributes, long handle, Set<String> chains, Set<String> sets) {}

  /** In sets of intervals, where one begins or ends. */
  private record Member(byte[] attributes, String value, boolean ends, byte[] data, String chain) {}

  private static final class Chain {
    byte[] attributes;
    final byte @Nullable [] hook;
    final List<Rule> rules;

    Chain(byte[] attributes, byte @Nullable [] hook, List<Rule> rules) {
      this.attributes = attributes;
      this.hook = hook;
      this.rules = rules;
    }
  }

  private record SetOf(
      byte[] attributes, String kind, boolean intervals, Map<String, Member> members) {
    /** Whether one interval begins before another has ended. */
    boolean overlap() {
      List<Member> inOrder =
          members.values().stream()
              .filter(m -> intervals && !m.value.isEmpty()) // that holds for what others do not
              .sorted(Comparator.comparing(Member::value).thenComparing(m -> !m.ends))
              .toList();
      return IntStream.range(1, inOrder.size())
          .anyMatch(i -> inOrder.get(i - 1).ends == inOrder.get(i).ends);
    }
  }

  private record Table(Map<String, Chain> chains, Map<String, SetOf> sets) {
    Table copy() {
      Table copy = new Table(new LinkedHashMap<>(), new LinkedHashMap<>());
      chains.forEach(
          (name, c) ->
              copy.chains.put(name, new Chain(c.attributes, c.hook, new ArrayList<>(c.rules))));
      sets.forEach(
          (name, s) ->
              copy.sets.put(
                  name,
                  new SetOf(s.attributes, s.kind, s.intervals, new LinkedHashMap<>(s.members))));
      return copy;
    }

    boolean refersTo(String chain) {
      return chains.values().stream()
              .anyMatch(c -> c.rules.stream().anyMatch(r -> r.chains.contains(chain)))
          || sets.values().stream()
              .anyMatch(s -> s.members.values().stream().anyMatch(m -> m.chain.equals(chain)));
    }

    boolean looksUp(String set) {
      return chains.values().stream()
          .anyMatch(c -> c.rules.stream().anyMatch(r -> r.sets.contains(set)));
    }
  }

  private static String key(int family, String table) {
    return family + " " + table;
  }

  int generation() {
    return generation;
  }

  boolean hasTable(int family, String name) {
    return tables.containsKey(key(family, name));
  }

  /** Names of the chains that are attached to nothing, in order. */
  List<String> regularChains(int family, String name) {
    Table table = tables.get(key(family, name));
    return table == null
        ? List.of()
        : table.chains.entrySet().stream()
            .filter(e -> e.getValue().hook == null)
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
  }

  /** Names of the sets and maps that have members, in order. */
  List<String> filledSets(int family, String name) {
    Table table = tables.get(key(family, name));
    return table == null
        ? List.of()
        : table.sets.entrySet().stream()
            .filter(e -> !e.getValue().members.isEmpty())
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
  }

  /**
   * Does all calls, or none of them.
   *
   * @param refused for each call an errno with which it fails whatever it asks, or 0
   * @return for each call 0 or why it failed
   */
  List<Integer> transact(List<Call> calls, List<Integer> refused) {
    Map<String, Table> before = tables;
    tables = new LinkedHashMap<>();
    before.forEach((name, table) -> tables.put(name, table.copy()));
    List<Integer> results = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      results.add(refused.get(i) != 0 ? refused.get(i) : apply(calls.get(i)));
    }
    if (results.stream().allMatch(r -> r == 0)) {
      generation++;
    } else {
      tables = before;
    }
    return results;
  }

  /** One change of somebody else's. */
  void change(Call call) {
    transact(List.of(call), List.of(0));
  }

  private int apply(Call call) {
    String name = call.table(1);
    if (call.type == 0) {
      tables.computeIfAbsent(name, _ -> new Table(new LinkedHashMap<>(), new LinkedHashMap<>()));
      return 0;
    }
    Table table = tables.get(name);
    if (table == null) {
      return Errno.ENOENT;
    }
    return switch (call.type) {
      case 2 -> tables.remove(name) == null ? Errno.ENOENT : 0;
      case 3 -> addChain(table, call);
      case 5 -> deleteChain(table, call);
      case 6 -> addRule(table, call);
      case 8 -> flush(table, call);
      case 9 -> addSet(table, call);
      case 11 -> deleteSet(table, call);
      case 12 -> addMembers(table, call);
      case 14 -> deleteMembers(table, call);
      default -> Errno.EINVAL;
    };
  }

  private static int addChain(Table table, Call call) {
    byte[] hook = call.bytes(4);
    Chain old = table.chains.get(call.string(3));
    if (old != null && !Arrays.equals(old.hook, hook)) {
      return Errno.EEXIST;
    }
    if (old == null) {
      table.chains.put(call.string(3), new Chain(call.attributes, hook, new ArrayList<>()));
    } else {
      old.attributes = call.attributes;
    }
    return 0;
  }

  private static int deleteChain(Table table, Call call) {
    String name = call.string(3);
    if (!table.chains.containsKey(name)) {
      return Errno.ENOENT;
    }
    if (table.refersTo(name)) {
      return EBUSY;
    }
    table.chains.remove(name);
    return 0;
  }

  private int addRule(Table table, Call call) {
    Chain chain = table.chains.get(call.string(2));
    byte[] expressions = call.bytes(4);
    Set<String> chains = new HashSet<>();
    Set<String> sets = new HashSet<>();
    references(AttributeReader.of(expressions == null ? new byte[0] : expressions), chains, sets);
    if (chain == null
        || !table.chains.keySet().containsAll(chains)
        || !table.sets.keySet().containsAll(sets)) {
      return Errno.ENOENT;
    }
    chain.rules.add(new Rule(call.attributes, ++lastHandle, chains, sets));
    return 0;
  }

  private static void references(AttributeReader list, Set<String> chains, Set<String> sets) {
    while (list.next()) {
      AttributeReader expr = list.nested();
      String name = NONE;
      while (expr.next()) {
        if (expr.type() == 1) {
          name = expr.string();
        } else if (expr.type() == 2) {
          AttributeReader data = expr.nested();
          while (data.next()) {
            if (name.equals("lookup") && data.type() == 1) {
              sets.add(data.string());
            } else if (name.equals("immediate") && data.type() == 2) {
              String chain = verdictChain(data.nested());
              if (!chain.isEmpty()) {
                chains.add(chain);
              }
            }
          }
        }
      }
    }
  }

  /** Of NFTA_DATA_*. */
  private static String verdictChain(AttributeReader data) {
    while (data.next()) {
      if (data.type() == 2) {
        AttributeReader verdict = data.nested();
        while (verdict.next()) {
          if (verdict.type() == 2) {
            return verdict.string();
          }
        }
      }
    }
    return NONE;
  }

  private static int flush(Table table, Call call) {
    String name = call.string(2);
    if (name.isEmpty()) {
      table.chains.values().forEach(chain -> chain.rules.clear());
      return 0;
    }
    Chain chain = table.chains.get(name);
    if (chain == null) {
      return Errno.ENOENT;
    }
    chain.rules.clear();
    return 0;
  }

  private static int addSet(Table table, Call call) {
    StringBuilder kind = new StringBuilder();
    for (int attribute : new int[] {3, 4, 5, 6}) {
      byte[] value = call.bytes(attribute);
      kind.append(value == null ? "-" : HexFormat.of().formatHex(value)).append(' ');
    }
    SetOf old = table.sets.get(call.string(2));
    if (old != null) {
      return old.kind.contentEquals(kind) ? 0 : Errno.EEXIST;
    }
    byte[] flags = call.bytes(3);
    boolean intervals = flags != null && (flags[3] & (INTERVAL | CONCAT)) == INTERVAL;
    table.sets.put(
        call.string(2),
        new SetOf(call.attributes, kind.toString(), intervals, new LinkedHashMap<>()));
    return 0;
  }

  private static int deleteSet(Table table, Call call) {
    String name = call.string(2);
    if (!table.sets.containsKey(name)) {
      return Errno.ENOENT;
    }
    if (table.looksUp(name)) {
      return EBUSY;
    }
    table.sets.remove(name);
    return 0;
  }

  private static Map<String, Member> members(Call call) {
    Map<String, Member> members = new LinkedHashMap<>();
    byte[] list = call.bytes(3);
    AttributeReader in = AttributeReader.of(list == null ? new byte[0] : list);
    while (in.next()) {
      String from = NONE;
      String to = NONE;
      boolean ends = false;
      byte[] data = {};
      String chain = NONE;
      AttributeReader member = in.nested();
      while (member.next()) {
        switch (member.type()) {
          case 1 -> from = HexFormat.of().formatHex(member.bytes());
          case 3 -> ends = (member.be32() & INTERVAL_END) != 0;
          case 10 -> to = HexFormat.of().formatHex(member.bytes());
          case 2 -> {
            data = member.bytes();
            chain = verdictChain(member.nested());
          }
          default -> {}
        }
      }
      members.put(
          from + (ends ? " ends " : " ") + to, new Member(in.bytes(), from, ends, data, chain));
    }
    return members;
  }

  private static int addMembers(Table table, Call call) {
    SetOf set = table.sets.get(call.string(2));
    if (set == null) {
      return Errno.ENOENT;
    }
    for (Map.Entry<String, Member> e : members(call).entrySet()) {
      Member old = set.members.get(e.getKey());
      if (old != null && !Arrays.equals(old.data, e.getValue().data)) {
        return Errno.EEXIST;
      }
      String chain = e.getValue().chain;
      if (!chain.isEmpty() && !table.chains.containsKey(chain)) {
        return Errno.ENOENT;
      }
      set.members.putIfAbsent(e.getKey(), e.getValue());
    }
    return set.overlap() ? ENOTEMPTY : 0;
  }

  private static int deleteMembers(Table table, Call call) {
    SetOf set = table.sets.get(call.string(2));
    if (set == null) {
      return Errno.ENOENT;
    }
    if (call.bytes(3) == null) {
      set.members.clear();
      return 0;
    }
    for (String key : members(call).keySet()) {
      if (set.members.remove(key) == null) {
        return Errno.ENOENT;
      }
    }
    return 0;
  }

  /** Told of each object that a request asks for. */
  interface Teller {
    void tell(int type, byte[] body);
  }

  /**
   * Tells of all objects of a kind.
   *
   * @return 0, or why not
   */
  int dump(Call call, Teller teller) {
    switch (call.type) {
      case 1 ->
          tables.forEach(
              (name, _) ->
                  teller.tell(
                      SUBSYSTEM,
                      body(family(name), w -> w.string(1, name.substring(name.indexOf(' ') + 1)))));
      case 4 ->
          tables.forEach(
              (name, table) -> {
                if (family(name) == call.family) {
                  table
                      .chains
                      .values()
                      .forEach(c -> teller.tell(SUBSYSTEM | 3, echo(call, c.attributes)));
                }
              });
      case 7, 10, 13 -> {
        Table table = tables.get(call.table(1));
        if (table != null && call.type == 7) {
          String only = call.string(2);
          table.chains.forEach(
              (name, chain) -> {
                if (only.isEmpty() || only.equals(name)) {
                  chain.rules.forEach(r -> teller.tell(SUBSYSTEM | 6, echo(call, r.attributes)));
                }
              });
        } else if (table != null && call.type == 10) {
          table.sets.values().forEach(s -> teller.tell(SUBSYSTEM | 9, echo(call, s.attributes)));
        } else if (call.type == 13) {
          SetOf set = table == null ? null : table.sets.get(call.string(2));
          if (set == null) {
            return Errno.ENOENT;
          }
          teller.tell(SUBSYSTEM | 12, elements(call, set));
        }
      }
      default -> {
        return Errno.EINVAL;
      }
    }
    return 0;
  }

  private static byte[] elements(Call call, SetOf set) {
    return body(
        call.family,
        w -> {
          int list = w.nest(3);
          set.members.values().forEach(m -> w.attribute(LIST_ELEM | 0x8000, m.attributes));
          w.endNest(list);
        });
  }

  private static int family(String table) {
    return Integer.parseInt(table.substring(0, table.indexOf(' ')));
  }

  private static byte[] echo(Call call, byte[] attributes) {
    return body(call.family, w -> w.bytes(attributes));
  }

  private static byte[] body(int family, java.util.function.Consumer<MessageWriter> attributes) {
    MessageWriter writer = new MessageWriter();
    writer.u8(family).u8(0).be16(0);
    attributes.accept(writer);
    return writer.toByteArray();
  }

  /** A call, for {@link #change}. */
  static Call call(int type, int family, java.util.function.Consumer<MessageWriter> attributes) {
    MessageWriter writer = new MessageWriter();
    attributes.accept(writer);
    return new Call(type, family, writer.toByteArray());
  }

  /** The generation as a message's body. */
  byte[] generationBody() {
    return body(0, w -> w.be32(1, generation));
  }
}
