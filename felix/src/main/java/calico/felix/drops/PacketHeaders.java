package calico.felix.drops;

import calico.model.Family;
import calico.model.Ip;
import calico.model.resource.Protocol;
import java.util.Arrays;
import java.util.Optional;

/**
 * The addresses of a packet and what its transport header begins with.
 *
 * <pre>
 * IPv4 (RFC 791)                     IPv6 (RFC 8200)
 *  0  version 4, header words         0  version 6, ...
 *  6  flags, fragment offset (13 bit) 6  next header
 *  9  protocol                        8  source
 * 12  source                         24  destination
 * 16  destination                    40  extension headers: next, length in 8 bytes less one
 * </pre>
 *
 * @param protocol IANA number
 * @param ports empty for protocols without, and for fragments but the first
 * @param icmp of ICMP and ICMPv6 packets only
 */
record PacketHeaders(
    Ip source, Ip destination, int protocol, Optional<Ports> ports, Optional<Icmp> icmp) {

  record Ports(int source, int destination) {}

  record Icmp(int type, int code) {}

  private static final int HOP_BY_HOP = 0;
  private static final int ICMP = 1;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int ROUTING = 43;
  private static final int FRAGMENT = 44;
  private static final int ICMPV6 = 58;
  private static final int DESTINATION_OPTIONS = 60;
  private static final int SCTP = 132;
  private static final int UDPLITE = 136;

  /**
   * Reads a packet from its IP header on; it may be cut.
   *
   * @return empty if it is too short to tell, or not IP
   */
  static Optional<PacketHeaders> read(byte[] packet) {
    try {
      return switch (packet.length == 0 ? 0 : packet[0] >> 4 & 0xf) {
        case 4 -> Optional.of(ipv4(packet));
        case 6 -> Optional.of(ipv6(packet));
        default -> Optional.empty();
      };
    } catch (ArrayIndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  private static PacketHeaders ipv4(byte[] packet) {
    boolean first = (u16(packet, 6) & 0x1fff) == 0;
    return of(packet, Family.IPV4, u8(packet, 9), first ? (packet[0] & 0xf) * 4 : packet.length);
  }

  private static PacketHeaders ipv6(byte[] packet) {
    int next = u8(packet, 6);
    int at = 40;
    while (next == HOP_BY_HOP
        || next == ROUTING
        || next == DESTINATION_OPTIONS
        || next == FRAGMENT) {
      boolean later = next == FRAGMENT && (u16(packet, at + 2) & 0xfff8) != 0;
      int length = next == FRAGMENT ? 8 : (u8(packet, at + 1) + 1) * 8;
      next = u8(packet, at);
      at = later ? packet.length : at + length;
    }
    return of(packet, Family.IPV6, next, at);
  }

  private static PacketHeaders of(byte[] packet, Family family, int protocol, int transport) {
    int at = family == Family.IPV4 ? 12 : 8;
    int width = family == Family.IPV4 ? 4 : 16;
    return new PacketHeaders(
        Ip.of(Arrays.copyOfRange(packet, at, at + width)),
        Ip.of(Arrays.copyOfRange(packet, at + width, at + 2 * width)),
        protocol,
        hasPorts(protocol) && transport + 4 <= packet.length
            ? Optional.of(new Ports(u16(packet, transport), u16(packet, transport + 2)))
            : Optional.empty(),
        (protocol == ICMP || protocol == ICMPV6) && transport + 2 <= packet.length
            ? Optional.of(new Icmp(u8(packet, transport), u8(packet, transport + 1)))
            : Optional.empty());
  }

  private static boolean hasPorts(int protocol) {
    return protocol == TCP || protocol == UDP || protocol == SCTP || protocol == UDPLITE;
  }

  private static int u8(byte[] packet, int at) {
    return packet[at] & 0xff;
  }

  private static int u16(byte[] packet, int at) {
    return u8(packet, at) << 8 | u8(packet, at + 1);
  }

  /** For example {@code TCP 10.0.0.1:4242 -> 10.0.0.2:80}. */
  @Override
  public String toString() {
    return Protocol.text(protocol)
        + " "
        + end(source, ports.map(Ports::source))
        + " -> "
        + end(destination, ports.map(Ports::destination))
        + icmp.map(i -> " type " + i.type() + " code " + i.code()).orElse("");
  }

  private static String end(Ip ip, Optional<Integer> port) {
    String host = ip.family() == Family.IPV6 && port.isPresent() ? "[" + ip + "]" : ip.toString();
    return host + port.map(p -> ":" + p).orElse("");
  }
}
