package calico.felix.rules;

import static java.util.stream.Collectors.joining;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.felix.state.ResolvedRule.Action;
import calico.felix.tables.ContentHash;
import calico.felix.tables.Decisions;
import calico.felix.tables.Row;
import calico.felix.tables.Services;
import calico.felix.tables.TableRule;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.MapLookup;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.MetaKey;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.SetSpec.MapTarget;
import calico.netlink.nftables.Value;
import calico.netlink.nftables.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A run of policies as a chain that looks up what decides, named by its content.
 *
 * <pre>
 * address                      -&gt; class       cali40address-classes, which all tables share
 * class                        -&gt; number      CHAIN-classes: what the address is in by itself
 * address                      -&gt; number      CHAIN-ranges: what it is in by its prefixes
 * range's . class's number     -&gt; outcome     CHAIN-outcomes
 * protocol . port              -&gt; service     CHAIN-services
 * outcome . service            -&gt; action      CHAIN-actions
 * action                       -&gt; verdict     CHAIN-verdicts
 * </pre>
 *
 * <p>Numbers, classes and outcomes stand for what is asked of addresses and decided about them, not
 * for who asks or what was before: what is there once stays right, and a change only adds and
 * removes. What is in no group has class 0 and number 0.
 *
 * <p>What a map gives is two words, of which the first does not count, if a key is to begin with
 * it: {@code nft} 1.0.6 aborts when it lists a rule in which a key begins where a map was told to
 * write.
 *
 * <p>Rules that tell too many services apart ({@link RulesConfig.Tables}) have rows of outcome,
 * protocol and ranges of ports instead, CHAIN-rows.
 *
 * <p>Each outcome has rows for all protocols and ports. Should something be missing, it is denied.
 * A packet too short to have ports (four bytes after the network header) is decided by nothing.
 */
public final class DecisionTable {
  /** An outcome that has no rows. */
  public static final int NO_OUTCOME = 0;

  static final MapTarget SECOND_WORD = new MapTarget.ToValue(List.of(DataType.MARK, DataType.MARK));

  private static final int ALLOW = 1;
  private static final int PASS = 2;
  private static final int NOTHING = 3;
  private static final int INCOMPLETE = 4;
  private static final int DENY = 5;

  /** So many rules that deny have a text of their own in what is told of denied packets. */
  private static final int MAX_DENY_TEXTS = 64;

  private static final int MAX_COMMENT = 127;

  // Words of the registers. A key consists of words that follow each other.
  private static final int ADDRESS = 0;
  private static final int CLASS = 5;
  private static final int BY_RANGE = 7;
  private static final int BY_CLASS = 8;
  private static final int OUTCOME = 10;
  private static final int PROTOCOL = 11;
  private static final int PORT = 12;

  /** Takes the place of what it is looked up by. */
  private static final int SERVICE = 11;

  private static final int ACTION = 14;

  private final Family family;
  private final Direction direction;
  private final RulesConfig config;
  private final Decisions decisions;
  private final @Nullable Services services;
  private final List<String> texts;
  private final List<Value> actions = new ArrayList<>();
  private final ChainKey chain;
  private final SetKey classes;
  private final SetKey ranges;
  private final SetKey outcomes;
  private final SetKey servicesKey;
  private final SetKey rows;
  private final SetKey verdicts;
  private final int policies;

  DecisionTable(
      Family family,
      Layer layer,
      Direction direction,
      RulesConfig config,
      List<TablePolicy> policies) {
    this.family = family;
    this.direction = direction;
    this.config = config;
    this.policies = policies.size();
    this.decisions =
        new Decisions(policies.stream().flatMap(policy -> policy.rules().stream()).toList());
    this.services = Services.of(decisions.rules(), config.tables().maxServices());
    this.texts = policies.stream().flatMap(policy -> policy.texts().stream()).toList();
    String content = content(policies);
    this.chain = ObjectNames.table(layer, direction, content);
    String name = "cali" + family.version() + "0" + chain.name();
    this.classes = new SetKey(name + "-classes");
    this.ranges = new SetKey(name + "-ranges");
    this.outcomes = new SetKey(name + "-outcomes");
    this.servicesKey = new SetKey(name + "-services");
    this.rows = new SetKey(name + (services == null ? "-rows" : "-actions"));
    this.verdicts = new SetKey(name + "-verdicts");
    int denials = 0;
    for (TableRule rule : decisions.rules()) {
      int action =
          switch (rule.action()) {
            case ALLOW -> ALLOW;
            case PASS -> PASS;
            case DENY -> DENY + Math.min(denials++, MAX_DENY_TEXTS);
            case LOG -> throw new IllegalArgumentException("a table cannot log");
          };
      actions.add(secondWord(action));
    }
  }

  /** A name for what a table of these policies says. */
  public static String content(List<TablePolicy> policies) {
    return ContentHash.name(policies.stream().map(TablePolicy::content).collect(joining(" ")));
  }

  public ChainKey chain() {
    return chain;
  }

  /** From class to number. */
  public SetKey classes() {
    return classes;
  }

  /** From range to number. */
  public SetKey ranges() {
    return ranges;
  }

  /** From the two numbers to an outcome. */
  public SetKey outcomes() {
    return outcomes;
  }

  /** From outcome and service, or protocol and ports, to action. */
  public SetKey rows() {
    return rows;
  }

  public Decisions decisions() {
    return decisions;
  }

  public String text() {
    return policies + " policies as a table";
  }

  /** The chain and its maps, of which only those of actions and verdicts are complete. */
  public Rendering rendering() {
    Map<NftKey, NftObject> objects = new HashMap<>();
    DataType address = family == Family.IPV4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR;
    MapTarget number = new MapTarget.ToValue(List.of(DataType.NETWORK_MARK));
    map(
        objects,
        new SetSpec(classes.name(), List.of(DataType.NETWORK_MARK), false, number, 0),
        Value.be32(0));
    map(objects, new SetSpec(ranges.name(), List.of(address), true, SECOND_WORD, 0), secondWord(0));
    map(
        objects,
        new SetSpec(outcomes.name(), List.of(DataType.MARK, DataType.MARK), false, SECOND_WORD, 0),
        secondWord(NO_OUTCOME));
    List<DataType> packet = List.of(DataType.MARK, DataType.MARK);
    if (services == null) {
      packet = List.of(DataType.MARK, DataType.INET_PROTO, DataType.INET_SERVICE);
    } else {
      services(objects, services, number);
    }
    map(
        objects,
        new SetSpec(rows.name(), packet, services == null, SECOND_WORD, 0, true),
        secondWord(INCOMPLETE));
    objects.put(verdicts, new NftSet(SetSpec.verdictMap(verdicts.name(), DataType.NETWORK_MARK)));
    verdict(objects, ALLOW, new Verdict.Goto(ObjectNames.ALLOWED.name()));
    verdict(objects, PASS, new Verdict.Goto(ObjectNames.PASSED.name()));
    verdict(objects, NOTHING, new Verdict.Return());
    ChainKey incomplete = new ChainKey(chain.name() + "-incomplete");
    objects.put(
        incomplete, new ChainBuilder(family, config).deny("A row is missing", List.of()).chain());
    verdict(objects, INCOMPLETE, new Verdict.Goto(incomplete.name()));
    denials(objects);
    objects.put(chain, lookups());
    return new Rendering(objects, Set.of());
  }

  private void services(Map<NftKey, NftObject> objects, Services services, MapTarget number) {
    List<DataType> sixBytes = List.of(DataType.ETHER_ADDR);
    map(objects, new SetSpec(servicesKey.name(), sixBytes, true, number, 0), Value.be32(0));
    for (Services.Range range : services.ranges()) {
      NftElement element =
          new NftElement(
              new Element(
                  packet(range.protocol(), range.ports().min()),
                  packet(range.protocol(), range.ports().max()),
                  Value.be32(range.service())));
      objects.put(element.key(servicesKey), element);
    }
  }

  /**
   * A word with the protocol and half a word with the port: one number, so that one range is of
   * both, which is found faster than ranges of a concatenation. For {@code nft}, which prints it,
   * it is the Ethernet address 06:00:00:00:1f:90 if it is TCP to port 8080.
   */
  private static Value packet(int protocol, int port) {
    return Value.of((byte) protocol, (byte) 0, (byte) 0, (byte) 0, (byte) (port >> 8), (byte) port);
  }

  private static void map(Map<NftKey, NftObject> objects, SetSpec map, Value otherwise) {
    SetKey key = new SetKey(map.name());
    objects.put(key, new NftSet(map));
    NftElement element = new NftElement(Element.catchall(otherwise));
    objects.put(element.key(key), element);
  }

  private void verdict(Map<NftKey, NftObject> objects, int action, Verdict verdict) {
    NftElement element = new NftElement(Element.of(Value.be32(action), verdict));
    objects.put(element.key(verdicts), element);
  }

  private void denials(Map<NftKey, NftObject> objects) {
    int denials = 0;
    for (int i = 0; i < texts.size() && denials <= MAX_DENY_TEXTS; i++) {
      if (decisions.rules().get(i).action() == Action.DENY) {
        ChainKey deny = new ChainKey(chain.name() + "-" + denials);
        String text = denials < MAX_DENY_TEXTS ? texts.get(i) : "A rule of " + text();
        objects.put(deny, new ChainBuilder(family, config).deny(text, List.of()).chain());
        verdict(objects, DENY + denials, new Verdict.Goto(deny.name()));
        denials++;
      }
    }
  }

  private NftObject.NftChain lookups() {
    boolean ipv4 = family == Family.IPV4;
    int address = Expr.reg32(ADDRESS);
    List<Expr> all = new ArrayList<>();
    all.add(
        direction == Direction.INGRESS
            ? Match.saddrInto(ipv4, address)
            : Match.daddrInto(ipv4, address));
    all.add(look(ranges, ADDRESS, BY_RANGE));
    all.add(look(ObjectNames.addressClasses(family), ADDRESS, CLASS));
    all.add(lookWord(classes, CLASS, BY_CLASS));
    all.add(look(outcomes, BY_RANGE, OUTCOME));
    all.add(new Expr.Meta(MetaKey.L4PROTO, Expr.reg32(PROTOCOL)));
    all.add(Match.dportInto(Expr.reg32(PORT)));
    if (services != null) {
      all.add(lookWord(servicesKey, PROTOCOL, SERVICE));
    }
    all.add(look(rows, OUTCOME, ACTION));
    all.add(new MapLookup(verdicts.name(), Expr.reg32(ACTION), Expr.VERDICT));
    return new ChainBuilder(family, config).rule(text(), all).chain();
  }

  /** The number comes to a word, and what does not count to the word before. */
  private static MapLookup look(SetKey map, int from, int to) {
    return new MapLookup(map.name(), Expr.reg32(from), Expr.reg32(to - 1));
  }

  private static MapLookup lookWord(SetKey map, int from, int to) {
    return new MapLookup(map.name(), Expr.reg32(from), Expr.reg32(to));
  }

  /** Elements of {@link #rows}. */
  public List<NftElement> rows(int outcome, List<Row> of) {
    List<NftElement> elements = new ArrayList<>();
    if (services == null) {
      for (Row row : of) {
        Value from = key(outcome, row.minProtocol(), row.ports().min());
        elements.add(row(from, key(outcome, row.maxProtocol(), row.ports().max()), row.rule()));
      }
    } else {
      for (int service = 0; service < services.size(); service++) {
        Value key = Value.concat(Value.be32(outcome), Value.be32(service));
        elements.add(row(key, key, services.row(service, of).rule()));
      }
    }
    return elements;
  }

  private static Value key(int outcome, int protocol, int port) {
    return Value.concat(Value.be32(outcome), Value.u8(protocol), Value.be16(port));
  }

  private NftElement row(Value from, Value to, int rule) {
    boolean decided = rule != Row.NONE;
    String text = decided ? texts.get(rule) : "";
    return new NftElement(
        new Element(
            from,
            to,
            decided ? actions.get(rule) : secondWord(NOTHING),
            text.length() > MAX_COMMENT ? text.substring(0, MAX_COMMENT) : text));
  }

  /** A number, after a word that does not count. */
  static Value secondWord(int number) {
    return Value.concat(Value.be32(0), Value.be32(number));
  }

  /** An element of {@link #classes}. */
  public NftElement ofClass(int id, int number) {
    return new NftElement(Element.of(Value.be32(id), Value.be32(number)));
  }

  /** An element of {@link #ranges}; both ends included. */
  public NftElement ofRange(Ip from, Ip to, int number) {
    return new NftElement(
        new Element(Value.of(from.toBytes()), Value.of(to.toBytes()), secondWord(number)));
  }

  /** An element of {@link #outcomes}. */
  public NftElement outcome(int byRange, int byClass, int outcome) {
    return new NftElement(
        Element.of(Value.concat(Value.be32(byRange), Value.be32(byClass)), secondWord(outcome)));
  }
}
