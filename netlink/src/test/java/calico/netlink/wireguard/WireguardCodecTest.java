package calico.netlink.wireguard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.netlink.AttributeReader;
import calico.netlink.Encoded;
import calico.netlink.GenericFamily;
import calico.netlink.MalformedMessageException;
import calico.netlink.Message;
import calico.netlink.MessageWriter;
import calico.netlink.Request;
import calico.netlink.wireguard.Wireguard.PeerChange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Expected bytes are laid out by hand from {@code linux/wireguard.h}; the family's number is 28.
 */
class WireguardCodecTest {
  private static final String DEVICE = "wireguard.cali";
  private static final String IFNAME = "13000200" + "7769726567756172642e63616c690000";
  private static final String KEY_2 = "24000100" + "02".repeat(32);

  private static final Device.Traffic NO_TRAFFIC = new Device.Traffic(0, 0, 0);

  private static Key key(int octet) {
    byte[] bytes = new byte[Key.LENGTH];
    Arrays.fill(bytes, (byte) octet);
    return Key.of(bytes);
  }

  private static Peer.Prefix prefix(String address, int length) {
    return new Peer.Prefix(InetAddress.ofLiteral(address), length);
  }

  private static InetSocketAddress endpoint(String address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), port);
  }

  @Test
  void theFamilyIsAskedForByName() {
    assertEquals(
        "03020000" + "0e000200" + "776972656775617264000000",
        Encoded.body(new GenericFamily("wireguard")));
    assertEquals("00010000" + IFNAME, Encoded.body(new WireguardRequest.Get(28, DEVICE)));
    assertEquals(28, new WireguardRequest.Get(28, DEVICE).type());
  }

  @Test
  void aDeviceIsSetUp() {
    assertEquals(
        "01010000" + IFNAME + "060006006cca0000" + "0800070000002000",
        Encoded.body(
            new WireguardRequest.Configure(
                28, DEVICE, new Device.Settings(51820, 0x200000), false)));
  }

  @Test
  void aPeerOfEachFamilyIsPut() {
    Peer peer = new Peer(key(2), endpoint("192.0.2.2", 51820), 25, Set.of());
    assertEquals(
        "01010000"
            + IFNAME
            + "70000880" // peers
            + "6c000080" // the first
            + KEY_2
            + "0800030002000000" // flags: replace the allowed addresses
            + "140004000200ca6cc00002020000000000000000" // sockaddr_in
            + "0600050019000000" // keep-alive
            + "20000980" // allowed addresses
            + "1c000080" // the first
            + "0600010002000000" // AF_INET
            + "080002000a410200"
            + "050003001a000000",
        Encoded.body(
            new WireguardRequest.Put(28, DEVICE, peer, List.of(prefix("10.65.2.0", 26)), true)));
    Peer peer6 = new Peer(key(2), endpoint("2001:db8::2", 51821), 0, Set.of());
    assertEquals(
        "010100000f00020077672d76362e63616c690000"
            + "88000880"
            + "84000080"
            + KEY_2
            + "0800030000000000"
            + "200004000a00ca6d0000000020010db800000000000000000000000200000000" // sockaddr_in6
            + "0600050000000000"
            + "2c000980"
            + "28000080"
            + "060001000a000000" // AF_INET6
            + "14000200fd000065000000000000000000000000"
            + "050003007a000000",
        Encoded.body(
            new WireguardRequest.Put(
                28, "wg-v6.cali", peer6, List.of(prefix("fd00:65::", 122)), false)));
  }

  @Test
  void aPeerIsRemoved() {
    assertEquals(
        "01010000" + IFNAME + "34000880" + "30000080" + KEY_2 + "0800030001000000",
        Encoded.body(new WireguardRequest.Remove(28, DEVICE, key(2))));
  }

  @Test
  void onlyWhatDiffersIsSentAndLossNeedsAllThatIsKept() {
    Set<Peer.Prefix> one = Set.of(prefix("10.65.2.0", 26));
    Set<Peer.Prefix> two = Set.of(prefix("10.65.2.0", 26), prefix("10.65.9.9", 32));
    Peer before = new Peer(key(2), endpoint("192.0.2.2", 51820), 0, one);
    Peer more = new Peer(key(2), endpoint("192.0.2.2", 51820), 0, two);
    assertEquals(
        List.of(
            new WireguardRequest.Put(28, DEVICE, more, List.of(prefix("10.65.9.9", 32)), false)),
        Wireguard.requests(28, DEVICE, new PeerChange.Put(more, before)));
    assertEquals(
        List.of(new WireguardRequest.Put(28, DEVICE, before, List.copyOf(one), true)),
        Wireguard.requests(28, DEVICE, new PeerChange.Put(before, more)));
    assertEquals(
        List.of(new WireguardRequest.Put(28, DEVICE, before, List.copyOf(one), true)),
        Wireguard.requests(28, DEVICE, new PeerChange.Put(before, null)));
  }

  @Test
  void aPeerWithMoreThanFitsTakesSeveralMessages() {
    Set<Peer.Prefix> many = new HashSet<>();
    for (int i = 0; i < 2 * Wireguard.PREFIXES + 1; i++) {
      many.add(prefix("fd00::" + Integer.toHexString(i), 128));
    }
    Peer peer = new Peer(key(2), endpoint("2001:db8::2", 51821), 0, many);
    List<WireguardRequest> requests =
        Wireguard.requests(28, DEVICE, new PeerChange.Put(peer, null));
    assertEquals(3, requests.size());
    Set<Peer.Prefix> sent = new HashSet<>();
    for (WireguardRequest request : requests) {
      assertTrue(Encoded.bytes(request).length < 0xffff);
      WireguardRequest.Put put = (WireguardRequest.Put) request;
      assertEquals(sent.isEmpty(), put.replace(), "only the first makes room");
      sent.addAll(put.allowed());
    }
    assertEquals(many, sent);
  }

  @Test
  void aDumpInPartsIsOneDevice() {
    Message first =
        Encoded.message(
            new Dumped(
                key(1),
                List.of(
                    new Peer(
                        key(2), endpoint("192.0.2.2", 51820), 25, Set.of(prefix("10.1.0.0", 16))),
                    new Peer(key(3), null, 0, Set.of(prefix("10.2.0.0", 16))))));
    Message second =
        Encoded.message(
            new Dumped(
                null,
                List.of(
                    new Peer(key(3), null, 0, Set.of(prefix("10.3.0.0", 16))),
                    new Peer(key(4), endpoint("2001:db8::4", 51821), 0, Set.of()))));
    assertEquals(
        new Device(
            key(1),
            new Device.Settings(51820, 0x200000),
            List.of(
                new Peer(key(2), endpoint("192.0.2.2", 51820), 25, Set.of(prefix("10.1.0.0", 16))),
                new Peer(key(3), null, 0, Set.of(prefix("10.2.0.0", 16), prefix("10.3.0.0", 16))),
                new Peer(key(4), endpoint("2001:db8::4", 51821), 0, Set.of())),
            Map.of(key(2), NO_TRAFFIC, key(3), NO_TRAFFIC, key(4), NO_TRAFFIC)),
        WireguardReader.join(List.of(WireguardReader.part(first), WireguardReader.part(second))));
  }

  /** A peer as the kernel begins to tell of it, and as it goes on. */
  private record Exchanged(boolean begins) implements Request {
    @Override
    public int type() {
      return 28;
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter to) {
      GenericFamily.header(to, 0, 1);
      int peers = to.nest(8);
      int peer = to.nest(0);
      to.attribute(1, key(2).bytes());
      if (begins) {
        to.attribute(6, HexFormat.of().parseHex("a406000000000000" + "0100000000000000"));
        to.attribute(7, HexFormat.of().parseHex("1e00000000000000"));
        to.attribute(8, HexFormat.of().parseHex("1400000001000000"));
      }
      to.endNest(peer);
      to.endNest(peers);
    }
  }

  @Test
  void whatWasExchangedWithAPeerIsRead() {
    Device device =
        WireguardReader.join(
            List.of(
                WireguardReader.part(Encoded.message(new Exchanged(true))),
                WireguardReader.part(Encoded.message(new Exchanged(false)))));
    assertEquals(Map.of(key(2), new Device.Traffic(1700, 30, (1L << 32) + 20)), device.traffic());
  }

  @Test
  void damagedMessagesAreToldOf() {
    Random random = Encoded.random();
    byte[] whole =
        Encoded.bytes(
            new Dumped(
                key(1),
                List.of(
                    new Peer(
                        key(2), endpoint("192.0.2.2", 1), 25, Set.of(prefix("10.1.0.0", 16))))));
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = whole.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        WireguardReader.part(Message.at(damaged, 0, 16 + random.nextInt(damaged.length - 15)));
      } catch (MalformedMessageException _) {
        // told clearly
      }
    }
  }

  /** As the kernel lays out a part of a dump; later parts lack what is of the device itself. */
  private record Dumped(@Nullable Key deviceKey, List<Peer> peers) implements Request {
    @Override
    public int type() {
      return 28;
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter to) {
      GenericFamily.header(to, 0, 1);
      if (deviceKey != null) {
        to.u16(6, 51820).u32(7, 0x200000).u32(1, 9).string(2, DEVICE);
        to.attribute(4, deviceKey.bytes());
      }
      int nest = to.nest(8);
      for (Peer peer : peers) {
        AttributeReader put =
            Encoded.message(
                    new WireguardRequest.Put(28, "", peer, List.copyOf(peer.allowed()), false))
                .attributes(GenericFamily.HEADER);
        while (put.next()) {
          if (put.type() == 8) {
            to.bytes(put.bytes());
          }
        }
      }
      to.endNest(nest);
    }
  }

  @Test
  void aNewPrivateKeyIsFitForUseAndSecret() {
    WireguardRequest request =
        new WireguardRequest.Configure(28, DEVICE, new Device.Settings(51820, 0), true);
    byte[] one = privateKey(request);
    byte[] other = privateKey(request);
    assertEquals(Key.LENGTH, one.length);
    assertEquals(0, one[0] & 7, "a multiple of eight: RFC 7748, 5");
    assertEquals(0x40, one[31] & 0xc0);
    assertNotEquals(Arrays.toString(one), Arrays.toString(other));
    assertFalse(request.toString().contains(Base64.getEncoder().encodeToString(one)));
  }

  private static byte[] privateKey(WireguardRequest request) {
    AttributeReader in = Encoded.message(request).attributes(GenericFamily.HEADER);
    while (in.next()) {
      if (in.type() == WireguardRequest.PRIVATE_KEY) {
        return in.bytes();
      }
    }
    return new byte[0];
  }

  @Test
  void aKeyHasThirtyTwoBytes() {
    assertThrows(IllegalArgumentException.class, () -> new Key("c2hvcnQ="));
    assertThrows(IllegalArgumentException.class, () -> new Key("no key"));
    assertEquals(key(7), new Key(key(7).base64()));
  }
}
