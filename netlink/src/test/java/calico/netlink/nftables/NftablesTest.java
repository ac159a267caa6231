package calico.netlink.nftables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.TestNetns;
import calico.netlink.route.Rtnetlink;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** On the real kernel, checked against what {@code nft} prints. */
class NftablesTest {
  private static final Table TABLE = new Table(TableFamily.INET, "calico");
  private static final BaseChain INPUT = BaseChain.filter(Hook.INPUT, 0);

  private final TestNetns ns = new TestNetns();
  private final Nftables nft = Nftables.open(ns.netns());

  @AfterEach
  void close() {
    nft.close();
    ns.close();
  }

  private static Batch batch() {
    return new Batch(TABLE).addTable();
  }

  private static InetAddress ip(String text) {
    return InetAddress.ofLiteral(text);
  }

  private static Element cidr(String network, int prefixLength) {
    Value from = Value.ip(ip(network));
    byte[] last = from.bytes();
    byte[] mask = Value.prefixMask(prefixLength, last.length).bytes();
    for (int i = 0; i < last.length; i++) {
      last[i] |= (byte) ~mask[i];
    }
    return Element.range(from, Value.of(last));
  }

  private String printed() {
    return ns.run("nft", "list", "ruleset").replaceAll("\\s+", " ");
  }

  private void assertPrinted(String part) {
    String all = printed();
    assertTrue(all.contains(part), () -> "no \"" + part + "\" in " + all);
  }

  @Test
  void tablesAndChains() {
    assertEquals(List.of(), nft.tables());
    assertEquals(List.of(), nft.chains(TABLE));
    nft.commit(
        batch()
            .addChain("in", new BaseChain("filter", Hook.INPUT, -5, true))
            .addChain("nat", BaseChain.nat(Hook.POSTROUTING, 110))
            .addChain("plain"));
    assertEquals(List.of(TABLE), nft.tables());
    List<Chain> chains = nft.chains(TABLE);
    assertEquals(List.of("in", "nat", "plain"), chains.stream().map(Chain::name).toList());
    assertEquals(new BaseChain("filter", Hook.INPUT, -5, true), chains.get(0).base());
    assertEquals(BaseChain.nat(Hook.POSTROUTING, 110), chains.get(1).base());
    assertPrinted("type filter hook input priority filter - 5; policy drop;");
    nft.commit(new Batch(TABLE).deleteChain("plain"));
    assertEquals(2, nft.chains(TABLE).size());
    nft.commit(new Batch(TABLE).deleteTable());
    assertEquals("", printed());
  }

  @Test
  void anArpTableHasItsHooks() {
    Table arp = new Table(TableFamily.ARP, "calico-arp");
    nft.commit(new Batch(arp).addTable().addChain("out", BaseChain.filter(Hook.OUTPUT, 0)));
    assertEquals(BaseChain.filter(Hook.OUTPUT, 0), nft.chains(arp).getFirst().base());
    assertPrinted("type filter hook output priority filter; policy accept;");
  }

  @Test
  void anEmptyBatchDoesNothing() {
    int before = nft.generation();
    nft.commit(new Batch(TABLE));
    assertEquals(before, nft.generation());
  }

  @Test
  void rulesComeBackAsWrittenAndPrintSensibly() {
    List<List<Expr>> rules =
        List.of(
            Match.all(
                Match.iifname("cali*"),
                Match.ctState(CtState.ESTABLISHED, CtState.RELATED),
                List.of(new Expr.Counter(0, 0), Match.accept())),
            Match.all(
                Match.nfproto(Match.IPV4),
                Match.saddr(ip("10.0.0.0"), 8),
                Match.l4proto(6),
                Match.dport(80),
                List.of(Match.jump("other"))),
            Match.all(
                Match.nfproto(Match.IPV6),
                Match.daddr(ip("fd00::1"), 128),
                List.of(Match.goTo("other"))),
            Match.all(Match.mark(0xf0000, 0x10000), Match.setMark(0xf0000, 0x20000)),
            Match.all(
                Match.oifname("eth0"),
                List.of(
                    new Expr.Log("calico-drop: ", 5),
                    new Expr.Nflog("group", 2, 80, 1),
                    Match.drop())),
            List.of(new Expr.Limit(5, 1, 10, Expr.LimitUnit.PACKETS, false), Match.giveBack()),
            List.of(new Expr.Reject(Expr.RejectType.ICMPX_UNREACHABLE, 3)),
            Match.all(
                Match.l4proto(17),
                List.of(
                    Match.sportInto(Expr.REG_1),
                    new Expr.Range(Expr.REG_1, Value.be16(10), Value.be16(20), true))),
            List.of(
                new Expr.Fib(
                    Expr.FibResult.OIF, Set.of(Expr.FibFlag.SOURCE, Expr.FibFlag.IIF), Expr.REG_1),
                new Expr.Cmp(Expr.CmpOp.EQ, Expr.REG_1, Value.zeros(4)),
                Match.drop()),
            Match.all(Match.nfproto(Match.IPV4), Match.setDscp(true, 10)),
            Match.all(Match.nfproto(Match.IPV6), Match.setDscp(false, 46)),
            Match.all(
                Match.l4proto(6),
                List.of(
                    new Expr.Connlimit(5, true), new Expr.Reject(Expr.RejectType.TCP_RESET, 0))));
    Batch batch = batch().addChain("other").addChain("in", INPUT);
    for (List<Expr> rule : rules) {
      batch.addRule("in", rule, "cali:" + batch.operations().size());
    }
    nft.commit(batch);
    List<Rule> read = nft.rules(TABLE, "in");
    assertEquals(rules, read.stream().map(Rule::expressions).toList());
    assertPrinted("ip dscp set af11");
    assertPrinted("ip6 dscp set ef");
    assertPrinted("ct count over 5 reject with tcp reset");
    assertEquals("cali:3", read.getFirst().comment());
    assertPrinted(
        "iifname \"cali*\" ct state established,related counter packets 0 bytes 0 accept"
            + " comment \"cali:3\"");
    assertPrinted("ip saddr 10.0.0.0/8 tcp dport 80 jump other");
    assertPrinted("ip6 daddr fd00::1 goto other");
    assertPrinted("meta mark & 0x000f0000 == 0x00010000");
    assertPrinted("limit rate 5/second burst 10 packets return");
    assertPrinted("log prefix \"calico-drop: \" level notice");
    assertPrinted("reject with icmpx admin-prohibited");
    assertPrinted("fib saddr . iif oif 0 drop");
  }

  @Test
  void natMasqueradeAndConntrack() {
    List<Expr> dnat =
        List.of(
            new Expr.Immediate(Expr.REG_1, Value.ip(ip("10.0.0.9"))),
            new Expr.Nat(Expr.NatType.DNAT, 2, Expr.REG_1, 0, 0, 0, 0));
    List<Expr> masquerade = List.of(new Expr.Masquerade(Expr.NAT_FULLY_RANDOM, 0, 0));
    List<Expr> ports =
        List.of(
            new Expr.Payload(Expr.Base.NETWORK, 9, 1, Expr.REG_1),
            new Expr.Cmp(Expr.CmpOp.EQ, Expr.REG_1, Value.of(new byte[] {6})),
            new Expr.Immediate(Expr.REG_1, Value.be16(4000)),
            new Expr.Immediate(Expr.REG_2, Value.be16(4009)),
            new Expr.Masquerade(0, Expr.REG_1, Expr.REG_2));
    List<Expr> notrack = List.of(new Expr.Notrack());
    Table table = new Table(TableFamily.IP, "calico");
    nft.commit(
        new Batch(table)
            .addTable()
            .addChain("pre", BaseChain.nat(Hook.PREROUTING, -100))
            .addChain("post", BaseChain.nat(Hook.POSTROUTING, 100))
            .addChain("raw", BaseChain.filter(Hook.PREROUTING, -300))
            .addRule("pre", dnat, "")
            .addRule("post", masquerade, "")
            .addRule("post", ports, "")
            .addRule("raw", notrack, ""));
    assertEquals(
        List.of(dnat, masquerade, ports, notrack),
        nft.rules(table).stream()
            .sorted(Comparator.comparingLong(Rule::handle))
            .map(Rule::expressions)
            .toList());
    assertPrinted("dnat to 10.0.0.9");
    assertPrinted("masquerade fully-random");
    assertPrinted("masquerade to :4000-4009");
  }

  @Test
  void rulesComeAndGo() {
    nft.commit(batch().addChain("c").addRule("c", List.of(Match.accept()), "a"));
    nft.commit(
        new Batch(TABLE)
            .addRule("c", List.of(Match.accept()), "b")
            .addRule("c", List.of(Match.drop()), "c"));
    assertEquals(List.of("a", "b", "c"), nft.rules(TABLE).stream().map(Rule::comment).toList());
    nft.commit(new Batch(TABLE).deleteRule("c", nft.rules(TABLE).get(1).handle()));
    assertEquals(List.of("a", "c"), nft.rules(TABLE, "c").stream().map(Rule::comment).toList());
    nft.commit(new Batch(TABLE).flushChain("c"));
    assertEquals(List.of(), nft.rules(TABLE));
    assertEquals(List.of(), nft.rules(TABLE, "none"));
  }

  @Test
  void setsOfEveryShape() {
    SetSpec intervals = SetSpec.intervals("nets4", DataType.IPV4_ADDR);
    SetSpec six = SetSpec.intervals("nets6", DataType.IPV6_ADDR);
    SetSpec names = SetSpec.set("names", DataType.IFNAME);
    SetSpec ports =
        SetSpec.set("ports", DataType.IPV4_ADDR, DataType.INET_PROTO, DataType.INET_SERVICE);
    SetSpec boxes = SetSpec.intervals("boxes", DataType.IPV4_ADDR, DataType.INET_SERVICE);
    SetSpec vmap = SetSpec.verdictMap("dispatch", DataType.IFNAME);
    SetSpec values =
        new SetSpec(
            "values",
            List.of(DataType.INET_SERVICE),
            false,
            new SetSpec.MapTarget.ToValue(List.of(DataType.IPV4_ADDR)),
            0);
    SetSpec timeout = new SetSpec("t", List.of(DataType.IPV4_ADDR), false, null, 60_000);
    List<SetSpec> all = List.of(intervals, six, names, ports, boxes, vmap, values, timeout);
    Batch batch = batch().addChain("wl");
    all.forEach(batch::addSet);
    List<List<Element>> elements =
        List.of(
            List.of(
                cidr("10.0.0.0", 8),
                cidr("11.0.0.0", 16),
                cidr("192.168.1.1", 32),
                cidr("255.255.255.0", 24)),
            List.of(cidr("fd00::", 64), cidr("fd00:0:0:1::", 64), cidr("ff00::", 8)),
            List.of(Element.of(Value.ifname("cali1"))),
            List.of(
                Element.of(Value.concat(Value.ip(ip("10.0.0.1")), Value.u8(6), Value.be16(80)))),
            List.of(
                Element.range(
                    Value.concat(Value.ip(ip("10.0.0.0")), Value.be16(80)),
                    Value.concat(Value.ip(ip("10.0.0.255")), Value.be16(90)))),
            List.of(
                Element.of(Value.ifname("cali1"), new Verdict.Goto("wl")),
                Element.of(Value.ifname("cali2"), new Verdict.Drop()),
                Element.catchall(new Verdict.Goto("wl"))),
            List.of(Element.of(Value.be16(80), Value.ip(ip("10.0.0.1")))),
            List.of(Element.of(Value.ip(ip("10.0.0.1")))));
    for (int i = 0; i < all.size(); i++) {
      batch.addElements(all.get(i), elements.get(i));
    }
    nft.commit(batch);
    assertEquals(new HashSet<>(all), new HashSet<>(nft.sets(TABLE)));
    for (int i = 0; i < all.size(); i++) {
      assertEquals(
          new HashSet<>(elements.get(i)),
          new HashSet<>(nft.elements(TABLE, all.get(i))),
          all.get(i).name());
    }
    assertSetsArePrinted();

    nft.commit(
        new Batch(TABLE)
            .deleteElements(intervals, List.of(cidr("11.0.0.0", 16), cidr("255.255.255.0", 24)))
            .deleteElements(boxes, elements.get(4))
            .flushSet("names"));
    assertEquals(
        Set.of(cidr("10.0.0.0", 8), cidr("192.168.1.1", 32)),
        new HashSet<>(nft.elements(TABLE, intervals)));
    assertEquals(List.of(), nft.elements(TABLE, boxes));
    assertEquals(List.of(), nft.elements(TABLE, names));
  }

  @Test
  void rowsOfATableWithCountersAndComments() {
    SetSpec rows =
        new SetSpec(
            "rows",
            List.of(DataType.MARK, DataType.INET_PROTO, DataType.INET_SERVICE),
            true,
            new SetSpec.MapTarget.ToValue(List.of(DataType.MARK, DataType.MARK)),
            0,
            true);
    SetSpec marks = SetSpec.verdictMap("marks", DataType.NETWORK_MARK);
    List<Element> elements = List.of(row(80, 90, "policy a, rule 1"), row(91, 99, ""));
    List<Element> verdicts = List.of(Element.of(Value.be32(7), new Verdict.Return()));
    nft.commit(
        batch()
            .addSet(rows)
            .addSet(marks)
            .addElements(rows, elements)
            .addElements(marks, verdicts));
    assertEquals(Set.of(rows, marks), new HashSet<>(nft.sets(TABLE)));
    assertEquals(new HashSet<>(elements), new HashSet<>(nft.elements(TABLE, rows)));
    assertEquals(verdicts, nft.elements(TABLE, marks));
    assertPrinted(
        "0x00000007 . tcp . 80-90 counter packets 0 bytes 0 comment \"policy a, rule 1\"");
    assertPrinted("map marks { type mark : verdict elements = { 0x00000007 : return }");
  }

  private static Element row(int from, int to, String comment) {
    return new Element(
        Value.concat(Value.be32(7), Value.u8(6), Value.be16(from)),
        Value.concat(Value.be32(7), Value.u8(6), Value.be16(to)),
        Value.concat(Value.be32(0), Value.be32(from)),
        comment);
  }

  private void assertSetsArePrinted() {
    assertPrinted(
        "set nets4 { type ipv4_addr flags interval elements = { 10.0.0.0/8, 11.0.0.0/16,");
    assertPrinted(
        "type ipv6_addr flags interval elements = { fd00::/64, fd00:0:0:1::/64, ff00::/8 }");
    assertPrinted("type ipv4_addr . inet_proto . inet_service elements = { 10.0.0.1 . tcp . 80 }");
    assertPrinted("elements = { 10.0.0.0/24 . 80-90 }");
    assertPrinted("map dispatch { type ifname : verdict elements = { \"cali1\" : goto wl");
    assertPrinted("map values { type inet_service : ipv4_addr elements = { 80 : 10.0.0.1 }");
  }

  @Test
  void aSetIsDeleted() {
    assertEquals(List.of(), nft.sets(TABLE));
    nft.commit(batch().addSet(SetSpec.set("names", DataType.IFNAME)));
    assertEquals(1, nft.sets(TABLE).size());
    nft.commit(new Batch(TABLE).deleteSet("names"));
    assertEquals(List.of(), nft.sets(TABLE));
  }

  @Test
  void lookups() {
    SetSpec names = SetSpec.verdictMap("dispatch", DataType.IFNAME);
    SetSpec set = SetSpec.set("s", DataType.IPV4_ADDR);
    List<Expr> vmap = List.of(new Expr.Meta(MetaKey.IIFNAME, Expr.REG_1), Match.vmap("dispatch"));
    List<Expr> notIn = List.of(Match.saddrInto(true, Expr.REG_1), Match.notIn("s"), Match.drop());
    nft.commit(
        new Batch(new Table(TableFamily.IP, "calico"))
            .addTable()
            .addChain("in", INPUT)
            .addSet(names)
            .addSet(set)
            .addRule("in", vmap, "")
            .addRule("in", notIn, ""));
    assertEquals(
        List.of(vmap, notIn),
        nft.rules(new Table(TableFamily.IP, "calico")).stream().map(Rule::expressions).toList());
    assertPrinted("iifname vmap @dispatch");
    assertPrinted("ip saddr != @s drop");
  }

  @Test
  void manyElementsInManyMessages() {
    SetSpec set = SetSpec.intervals("many", DataType.IPV6_ADDR);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      elements.add(Element.of(Value.ip(ip("fd00::" + Integer.toHexString(2 * i)))));
    }
    Batch batch = batch().addSet(set).addElements(set, elements);
    assertTrue(batch.operations().size() > 10);
    nft.commit(batch);
    assertEquals(new HashSet<>(elements), new HashSet<>(nft.elements(TABLE, set)));
    nft.commit(new Batch(TABLE).deleteElements(set, elements));
    assertEquals(List.of(), nft.elements(TABLE, set));
  }

  @Test
  void aBatchThatFailsLeavesNothing() {
    var refused =
        assertThrows(
            NetlinkException.class,
            () ->
                nft.commit(
                    batch()
                        .addChain("a")
                        .addRule("a", List.of(Match.jump("not-there")), "")
                        .deleteSet("nor-this")
                        .addChain("b")));
    assertEquals(Errno.ENOENT, refused.errno());
    assertTrue(refused.request().contains("not-there"), refused.request());
    assertEquals(1, refused.getSuppressed().length);
    assertTrue(refused.getSuppressed()[0].toString().contains("nor-this"));
    assertEquals(List.of(), nft.tables());
    nft.commit(batch());
    assertEquals(List.of(TABLE), nft.tables());
  }

  @Test
  void aCommitAtAnOldGenerationIsRefused() {
    int before = nft.generation();
    nft.commit(batch());
    assertEquals(before + 1, nft.generation());
    var late = assertThrows(NetlinkException.class, () -> nft.commit(batch(), before));
    assertEquals(Errno.ERESTART, late.errno());
    nft.commit(batch(), before + 1);
  }

  @Test
  void aRuleDropsAPacket() throws IOException {
    try (Rtnetlink route = Rtnetlink.open(ns.netns())) {
      route.setUp(route.link("lo").orElseThrow().index());
    }
    try (DatagramSocket in = ns.netns().call(() -> new DatagramSocket(0, ip("127.0.0.1")));
        DatagramSocket out = ns.netns().call(() -> new DatagramSocket())) {
      in.setSoTimeout(2000);
      DatagramPacket packet = new DatagramPacket(new byte[1], 1, in.getLocalSocketAddress());
      out.send(packet);
      in.receive(new DatagramPacket(new byte[1], 1));
      nft.commit(
          batch()
              .addChain("in", INPUT)
              .addRule(
                  "in",
                  Match.all(
                      Match.l4proto(17),
                      Match.dport(in.getLocalPort()),
                      List.of(new Expr.Counter(0, 0), Match.drop())),
                  ""));
      out.send(packet);
      in.setSoTimeout(200);
      assertThrows(
          SocketTimeoutException.class, () -> in.receive(new DatagramPacket(new byte[1], 1)));
      assertTrue(
          nft.rules(TABLE).getFirst().expressions().contains(new Expr.Counter(1, 29)),
          () -> nft.rules(TABLE).toString());
      nft.commit(new Batch(TABLE).deleteTable());
      out.send(packet);
      in.setSoTimeout(2000);
      in.receive(new DatagramPacket(new byte[1], 1));
    }
  }

  @Test
  void theMonitorTellsEachGeneration() throws InterruptedException {
    List<Integer> seen = new CopyOnWriteArrayList<>();
    try (GenerationMonitor _ = GenerationMonitor.start(ns.netns(), seen::add, () -> seen.add(-1))) {
      nft.commit(batch());
      int now = nft.generation();
      TestNetns.await("generation " + now, () -> seen.contains(now));
    }
  }
}
