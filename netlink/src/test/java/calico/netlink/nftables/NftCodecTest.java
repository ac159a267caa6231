package calico.netlink.nftables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.netlink.Encoded;
import calico.netlink.MalformedMessageException;
import calico.netlink.Message;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Expected bytes are what nft 1.0.6 sends for the command in the comment. */
class NftCodecTest {
  private static final Table T = new Table(TableFamily.INET, "t");
  private static final String IN_T = "01000000" + "0600010074000000";

  private static Value ip(String text) {
    return Value.ip(InetAddress.ofLiteral(text));
  }

  @Test
  void tableAndChains() {
    // nft add table inet t
    Operation.AddTable table = new Operation.AddTable(T);
    assertEquals(0xa00, table.type());
    assertEquals(IN_T + "0800020000000000", Encoded.body(table));
    // nft add chain inet t c
    assertEquals(IN_T + "0600030063000000", Encoded.body(new Operation.AddChain(T, "c", null)));
    // nft add chain inet t b { type filter hook input priority -5; policy drop; }
    assertEquals(
        IN_T
            + "0600030062000000"
            + "0b00070066696c7465720000"
            + "0800050000000000"
            + "14000480"
            + "0800010000000001"
            + "08000200fffffffb",
        Encoded.body(
            new Operation.AddChain(T, "b", new BaseChain("filter", Hook.INPUT, -5, true))));
  }

  @Test
  void sets() {
    // nft add set inet t a { type ipv4_addr; flags interval; }
    assertEquals(
        IN_T
            + "0600020061000000"
            + "0800030000000004"
            + "0800040000000007"
            + "0800050000000004"
            + "08000a0000000001"
            + "0a000d000004020000000000",
        Encoded.body(new Operation.AddSet(T, SetSpec.intervals("a", DataType.IPV4_ADDR), 1)));
    // nft add set inet t c { type ipv4_addr . inet_service; flags interval; }; user data differs
    String boxes =
        Encoded.body(
            new Operation.AddSet(
                T, SetSpec.intervals("c", DataType.IPV4_ADDR, DataType.INET_SERVICE), 1));
    assertTrue(
        boxes.startsWith(
            IN_T
                + "0600020063000000"
                + "0800030000000084"
                + "08000400000001cd"
                + "0800050000000008"
                + "08000a0000000001"
                + "20000980"
                + "1c000280"
                + "0c000180"
                + "0800010000000004"
                + "0c000180"
                + "0800010000000002"),
        boxes);
  }

  @Test
  void elements() {
    // nft add element inet t a { 12.0.0.0/8 }, without the set id; nft numbers the members
    assertEquals(
        IN_T
            + "0600020061000000"
            + "2c000380"
            + "10000180"
            + "0c000180"
            + "080001000c000000"
            + "18000180"
            + "0800030000000001"
            + "0c000180"
            + "080001000d000000",
        Encoded.body(
            new Operation.AddElements(
                T,
                SetSpec.intervals("a", DataType.IPV4_ADDR),
                List.of(Element.range(ip("12.0.0.0"), ip("12.255.255.255"))))));
    // nft add element inet t c { 10.0.0.0/8 . 80-90 }, without the set id
    assertEquals(
        IN_T
            + "0600020063000000"
            + "28000380"
            + "24000180"
            + "10000180"
            + "0c0001000a00000000500000"
            + "10000a80"
            + "0c0001000affffff005a0000",
        Encoded.body(
            new Operation.AddElements(
                T,
                SetSpec.intervals("c", DataType.IPV4_ADDR, DataType.INET_SERVICE),
                List.of(
                    Element.range(
                        Value.concat(ip("10.0.0.0"), Value.be16(80)),
                        Value.concat(ip("10.255.255.255"), Value.be16(90)))))));
    // nft add element inet t v { "eth0" : goto c }, without the set id
    assertEquals(
        IN_T
            + "0600020076000000"
            + "38000380"
            + "34000180"
            + "18000180"
            + "1400010065746830000000000000000000000000"
            + "18000280"
            + "14000280"
            + "08000100fffffffc"
            + "0600020063000000",
        Encoded.body(
            new Operation.AddElements(
                T,
                SetSpec.verdictMap("v", DataType.IFNAME),
                List.of(Element.of(Value.ifname("eth0"), new Verdict.Goto("c"))))));
  }

  @Test
  void aRule() {
    // nft add rule inet t b meta mark set meta mark and 0xfffffff0 or 0x5 ip saddr @a
    //   ip daddr 1.2.3.4 drop; without the set id
    assertEquals(
        "0100000006000100740000000600020062000000d001048024000180090001006d65746100000000"
            + "14000280080002000000000308000100000000014c0001800c00010062697477697365003c000280"
            + "08000100000000010800020000000001080006000000000008000300000000040c00048008000100"
            + "f0ffffff0c000580080001000500000024000180090001006d657461000000001400028008000200"
            + "00000003080003000000000124000180090001006d6574610000000014000280080002000000000f"
            + "08000100000000012c00018008000100636d70002000028008000100000000010800020000000000"
            + "0c0003800500010002000000340001800c0001007061796c6f616400240002800800010000000001"
            + "0800020000000001080003000000000c0800040000000004240001800b0001006c6f6f6b75700000"
            + "1400028008000200000000010600010061000000340001800c0001007061796c6f61640024000280"
            + "08000100000000010800020000000001080003000000001008000400000000042c00018008000100"
            + "636d700020000280080001000000000108000200000000000c000380080001000102030430000180"
            + "0e000100696d6d6564696174650000001c0002800800010000000000100002800c00028008000100"
            + "00000000",
        Encoded.body(
            new Operation.AddRule(
                T,
                "b",
                Match.all(
                    Match.setMark(0xf, 5),
                    Match.nfproto(Match.IPV4),
                    List.of(Match.saddrInto(true, Expr.REG_1), Match.in("a")),
                    Match.daddr(InetAddress.ofLiteral("1.2.3.4"), 32),
                    List.of(Match.drop())),
                "")));
  }

  @Test
  void comments() {
    assertEquals("hello", UserData.comment(UserData.comment("hello")));
    assertEquals("", UserData.comment(new byte[0]));
    assertEquals(253, UserData.comment(UserData.comment("x".repeat(253))).length());
    assertThrows(IllegalArgumentException.class, () -> UserData.comment("x".repeat(254)));
  }

  @Test
  void intervalsAreJoinedWhateverTheOrder() {
    SetSpec set = SetSpec.intervals("a", DataType.IPV4_ADDR);
    List<Element> elements =
        List.of(
            Element.of(ip("10.0.0.0")),
            Element.range(ip("10.0.0.1"), ip("10.0.0.7")),
            Element.range(ip("255.0.0.0"), ip("255.255.255.255")));
    Message message = Encoded.message(new Operation.AddElements(T, set, elements));
    List<ElementCodec.Raw> raw = ElementCodec.members(message.attributes(4));
    assertEquals(5, raw.size());
    assertEquals(elements, ElementCodec.elements(set, raw));
    assertEquals(elements, ElementCodec.elements(set, raw.reversed()));
    assertEquals(List.of(), ElementCodec.elements(set, List.of()));
  }

  @Test
  void aKeyOfTheWrongWidthIsRefusedBeforeItIsSent() {
    SetSpec set = SetSpec.set("a", DataType.IPV6_ADDR);
    Batch batch = new Batch(T);
    var wrong =
        assertThrows(
            IllegalArgumentException.class,
            () -> batch.addElements(set, List.of(Element.of(ip("10.0.0.1")))));
    assertTrue(wrong.toString().contains("has 4 bytes, the key has 16"), wrong.toString());
    assertTrue(batch.addElements(set, List.of()).isEmpty());
  }

  @Test
  void randomRulesComeBack() {
    Random random = Encoded.random();
    for (int i = 0; i < 3000; i++) {
      List<Expr> rule = RandomExprs.rule(random);
      Message message = Encoded.message(new Operation.AddRule(T, "c", rule, "cali:" + i));
      assertEquals(new Rule("c", 0, rule, "cali:" + i), NftReader.rule(T, message));
    }
  }

  @Test
  void damagedMessagesAreRefusedOrRead() {
    Random random = Encoded.random();
    SetSpec set = SetSpec.intervals("a", DataType.IPV4_ADDR);
    for (int i = 0; i < 50_000; i++) {
      Operation operation =
          switch (i % 3) {
            case 0 -> new Operation.AddRule(T, "c", RandomExprs.rule(random), "x");
            case 1 -> new Operation.AddSet(T, set, 1);
            default ->
                new Operation.AddElements(
                    T, set, new ArrayList<>(List.of(Element.of(ip("1.2.3.4")))));
          };
      byte[] damaged = Encoded.bytes(operation);
      for (int n = random.nextInt(4); n >= 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        Message message = Message.at(damaged, 0, 16 + random.nextInt(damaged.length - 15));
        NftReader.table(message);
        NftReader.chain(T, message);
        NftReader.rule(T, message);
        NftReader.set(T, message);
        ElementCodec.elements(set, ElementCodec.members(message.attributes(4)));
      } catch (MalformedMessageException _) {
        // told clearly
      }
    }
  }
}
