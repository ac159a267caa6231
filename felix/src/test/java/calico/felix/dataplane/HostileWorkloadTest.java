package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.Packet;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Ip;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A workload that may send anything to anybody, and does not keep to what is its own. It is behind
 * cali1, others are behind cali2 and eth0.
 */
class HostileWorkloadTest {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int IPIP = 4;
  private static final int ICMPV6 = 58;
  private static final int SOLICITATION = 135;
  private static final int ADVERTISEMENT = 136;
  private static final int FLOOD = 20_000;

  private final Switchboard node = new Switchboard();
  private final Dataplane dataplane = Dataplanes.open(DataplaneConfig.defaults());

  @BeforeEach
  void start() throws Exception {
    node.host.run(dataplane::start);
    List<StateChange> changes = new ArrayList<>();
    var open = List.of(Node.rule(Side.ANY, Side.ANY, null));
    changes.add(new StateChange.Put<>(Node.OPEN, new ProfileRules(open, open)));
    changes.add(new StateChange.Put<>(Node.endpoint(1), endpoint(1, List.of(Node.OPEN))));
    changes.add(new StateChange.Put<>(Node.endpoint(2), endpoint(2, List.of(Node.OPEN))));
    changes.add(new StateChange.Put<>(Node.endpoint(3), endpoint(3, List.of())));
    changes.add(new StateChange.InSync());
    Dataplanes.apply(dataplane, changes).get(10, TimeUnit.SECONDS);
    assertTrue(passes(packet(own(1), own(2), TCP, 1000, 80)), "what it may do");
  }

  @AfterEach
  void close() {
    dataplane.close();
    node.close();
  }

  private static LocalEndpoint endpoint(int number, List<StateKey.ProfileId> profiles) {
    return new LocalEndpoint(
        "cali" + number,
        Switchboard.mac(number).toString(),
        List.of(Switchboard.ipv4(number).toCidr(), Switchboard.ipv6(number).toCidr()),
        List.of(),
        profiles);
  }

  private static Ip own(int number) {
    return Switchboard.ipv4(number);
  }

  private static Packet packet(Ip from, Ip to, int protocol, int first, int second) {
    return new Packet("cali1", "", from, to, protocol, first, second);
  }

  /** Whether a packet that cali1 sends comes out anywhere. */
  private boolean passes(Packet packet) {
    int mark = node.send(packet);
    return node.receive(Set.of()).containsKey(mark);
  }

  @Test
  void doesNotSendFromForeignAddresses() {
    for (int other : new int[] {0, 2, 3, 4}) {
      assertEquals(false, passes(packet(own(other), own(2), TCP, 1001, 80)), "from " + own(other));
      assertEquals(
          false,
          passes(packet(Switchboard.ipv6(other), Switchboard.ipv6(2), TCP, 1001, 80)),
          "from " + Switchboard.ipv6(other));
    }
    assertTrue(passes(packet(Switchboard.ipv6(1), Switchboard.ipv6(2), TCP, 1002, 80)));
  }

  @Test
  void doesNotSendTunnelsOfItsOwn() {
    for (int other : new int[] {2, 4}) {
      noTunnels(own(1), own(other));
      noTunnels(Switchboard.ipv6(1), Switchboard.ipv6(other));
    }
  }

  private void noTunnels(Ip from, Ip to) {
    assertEquals(false, passes(packet(from, to, UDP, 1001, 4789)), "VXLAN to " + to);
    assertEquals(false, passes(packet(from, to, IPIP, 0, 0)), "IPv4 in IP to " + to);
    assertTrue(passes(packet(from, to, UDP, 1001, 4790)), "other UDP to " + to);
  }

  /** An answer that nobody asked for, and a question that bears an address in passing. */
  @Test
  void doesNotDrawOthersPacketsByArp() {
    byte[] foreign = {0x0a, 0, 0, 0, 0, (byte) 0x66};
    for (int operation : new int[] {1, 2}) {
      node.send("cali1", arp(operation, foreign, own(2), own(2)));
      node.send("cali1", arp(operation, foreign, own(4), own(4)));
      node.send("cali1", arp(operation, foreign, own(1), own(1)));
    }
    for (int victim : new int[] {1, 2, 4}) {
      Packet packet = new Packet("eth1", "", Switchboard.ipv4(5), own(victim), TCP, 1003, 80);
      byte[] frame = node.frame(node.send(packet), Switchboard.INTERFACES.get(victim));
      ByteBuffer to = ByteBuffer.wrap(frame, 0, 6);
      assertEquals(ByteBuffer.wrap(Switchboard.mac(victim).bytes()), to, "to " + own(victim));
    }
  }

  /** The same by neighbour discovery: solicitations and advertisements that override. */
  @Test
  void doesNotDrawOthersPacketsByNeighbourDiscovery() {
    byte[] foreign = {0x0a, 0, 0, 0, 0, (byte) 0x66};
    for (int victim : new int[] {1, 2, 4}) {
      Ip address = Switchboard.ipv6(victim);
      for (Ip from : List.of(Ip.parse("fe80::66"), Switchboard.ipv6(1), address)) {
        node.send("cali1", neighbour(SOLICITATION, foreign, from, address));
        node.send("cali1", neighbour(ADVERTISEMENT, foreign, from, address));
      }
    }
    for (int victim : new int[] {1, 2, 4}) {
      Ip address = Switchboard.ipv6(victim);
      Packet packet = new Packet("eth1", "", Switchboard.ipv6(5), address, TCP, 1003, 80);
      byte[] frame = node.frame(node.send(packet), Switchboard.INTERFACES.get(victim));
      ByteBuffer to = ByteBuffer.wrap(frame, 0, 6);
      assertEquals(ByteBuffer.wrap(Switchboard.mac(victim).bytes()), to, "to " + address);
    }
  }

  @Test
  void doesNotDrawOthersPacketsByItsMac() {
    Packet packet = packet(own(1), own(2), TCP, 1004, 80);
    node.send("cali1", node.frame(packet, 77, Switchboard.mac(2)));
    var _ = node.receive(Set.of());
    byte[] frame =
        node.frame(
            node.send(new Packet("eth1", "", Switchboard.ipv4(5), own(2), TCP, 1005, 80)), "cali2");
    assertEquals(ByteBuffer.wrap(Switchboard.mac(2).bytes()), ByteBuffer.wrap(frame, 0, 6));
  }

  @Test
  void doesNotFillTheTableOfConnectionsWithWhatIsDenied() {
    int before = node.connections();
    for (int i = 0; i < FLOOD; i++) {
      node.send(packet(own(1), own(3), UDP, 1024 + i % 60_000, 1 + i / 60_000));
    }
    assertEquals(Map.of(), node.receive(Set.of()));
    assertTrue(node.connections() <= before + 2, "connections: " + node.connections());
    assertTrue(passes(packet(own(1), own(2), TCP, 1006, 80)), "others are served");
  }

  private static byte[] arp(int operation, byte[] mac, Ip sender, Ip target) {
    ByteBuffer frame = ByteBuffer.allocate(42);
    byte[] everybody = {-1, -1, -1, -1, -1, -1};
    frame.put(everybody).put(mac).putShort((short) 0x0806);
    frame.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4);
    frame.putShort((short) operation).put(mac).put(sender.toBytes());
    frame.put(operation == 1 ? new byte[6] : everybody).put(target.toBytes());
    return frame.array();
  }

  /** RFC 4861: to all nodes, with the hop limit that shows it comes from the link. */
  private static byte[] neighbour(int type, byte[] mac, Ip sender, Ip target) {
    Packet packet = packet(sender, Ip.parse("ff02::1"), ICMPV6, type, 0);
    int flags = type == ADVERTISEMENT ? 0x20000000 : 0;
    byte[] message = new byte[32];
    ByteBuffer.wrap(message)
        .put((byte) type)
        .position(4)
        .putInt(flags)
        .put(target.toBytes())
        .put((byte) (type == ADVERTISEMENT ? 2 : 1))
        .put((byte) 1)
        .put(mac);
    short checksum =
        Frames.checksum(Frames.pseudoHeader(packet, message.length), message, 0, message.length);
    ByteBuffer.wrap(message).putShort(2, checksum);
    ByteBuffer frame = ByteBuffer.allocate(14 + 40 + message.length);
    frame.put(new byte[] {0x33, 0x33, 0, 0, 0, 1}).put(mac).putShort((short) 0x86dd);
    frame.putInt(0x60000000).putShort((short) message.length).put((byte) ICMPV6).put((byte) 255);
    frame.put(sender.toBytes()).put(packet.destination().toBytes()).put(message);
    return frame.array();
  }
}
