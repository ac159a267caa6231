package calico.felix.dataplane;

import calico.felix.rules.Packet;
import calico.model.Family;
import calico.netlink.route.Mac;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Ethernet frames with the first packet of a flow, so complete that connection tracking finds
 * nothing wrong with it. Each packet has a mark that stays when it is forwarded: the identification
 * of IPv4, the flow label of IPv6.
 */
final class Frames {
  private static final int ETHERNET = 14;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final byte SYN = 2;
  private static final byte INIT = 1;

  private Frames() {}

  static byte[] of(Packet packet, int mark, Mac to, Mac from) {
    boolean ipv4 = packet.family() == Family.IPV4;
    byte[] payload = payload(packet, mark);
    int header = ipv4 ? 20 : 40;
    ByteBuffer frame = ByteBuffer.allocate(ETHERNET + header + payload.length);
    frame.put(to.bytes()).put(from.bytes()).putShort((short) (ipv4 ? IPV4 : IPV6));
    if (ipv4) {
      frame.put((byte) 0x45).put((byte) 0).putShort((short) (header + payload.length));
      frame.putShort((short) mark).putShort((short) 0);
      frame.put((byte) 64).put((byte) packet.protocol()).putShort((short) 0);
    } else {
      frame.putInt(0x60000000 | mark).putShort((short) payload.length);
      frame.put((byte) packet.protocol()).put((byte) 64);
    }
    frame.put(packet.source().toBytes()).put(packet.destination().toBytes()).put(payload);
    if (ipv4) {
      frame.putShort(ETHERNET + 10, checksum(0, frame.array(), ETHERNET, header));
    }
    return frame.array();
  }

  /**
   * The mark of a frame's packet; null if it is none of ours, as are the errors that a host
   * reports, which may be identified by any number.
   */
  static @Nullable Integer mark(byte[] frame) {
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    int protocol = bytes.getShort(12) & 0xffff;
    if (protocol == IPV4 && frame[ETHERNET + 12] == 10) {
      return bytes.getShort(ETHERNET + 4) & 0xffff;
    }
    if (protocol == IPV6 && frame[ETHERNET + 8] == (byte) 0xfd) {
      return bytes.getInt(ETHERNET) & 0xfffff;
    }
    return null;
  }

  private static byte[] payload(Packet packet, int mark) {
    return switch (packet.protocol()) {
      case 6 -> tcp(packet);
      case 17 -> udp(packet);
      case 132 -> sctp(packet);
      case 1, 58 -> icmp(packet, mark);
      default -> new byte[20];
    };
  }

  private static byte[] tcp(Packet packet) {
    byte[] tcp = new byte[20];
    ByteBuffer header = ports(packet, tcp).putInt(1000).putInt(0);
    header.put((byte) 0x50).put(SYN).putShort((short) 1000);
    header.putShort(16, checksum(pseudoHeader(packet, 20), tcp, 0, 20));
    return tcp;
  }

  private static byte[] udp(Packet packet) {
    byte[] udp = new byte[8];
    ByteBuffer header = ports(packet, udp).putShort((short) 8);
    short checksum = checksum(pseudoHeader(packet, 8), udp, 0, 8);
    header.putShort(6, checksum == 0 ? -1 : checksum); // 0 would mean: none
    return udp;
  }

  /** RFC 9260: a checksum that is little-endian, and the chunk that begins an association. */
  private static byte[] sctp(Packet packet) {
    byte[] sctp = new byte[32];
    ByteBuffer header = ports(packet, sctp);
    header.position(12).put(INIT).put((byte) 0).putShort((short) 20);
    header.putInt(7).putInt(1000).putShort((short) 1).putShort((short) 1).putInt(1);
    CRC32C crc = new CRC32C();
    crc.update(sctp);
    header.order(ByteOrder.LITTLE_ENDIAN).putInt(8, (int) crc.getValue());
    return sctp;
  }

  private static byte[] icmp(Packet packet, int mark) {
    byte[] icmp = new byte[8];
    ByteBuffer header = ByteBuffer.wrap(icmp);
    header.put((byte) packet.first()).put((byte) packet.second()).putShort(4, (short) mark);
    int pseudo = packet.protocol() == 58 ? pseudoHeader(packet, 8) : 0;
    header.putShort(2, checksum(pseudo, icmp, 0, 8));
    return icmp;
  }

  private static ByteBuffer ports(Packet packet, byte[] header) {
    return ByteBuffer.wrap(header)
        .putShort((short) packet.first())
        .putShort((short) packet.second());
  }

  static int pseudoHeader(Packet packet, int length) {
    byte[] source = packet.source().toBytes();
    byte[] destination = packet.destination().toBytes();
    return sum(source, 0, source.length)
        + sum(destination, 0, destination.length)
        + packet.protocol()
        + length;
  }

  private static int sum(byte[] bytes, int from, int length) {
    int sum = 0;
    for (int i = from; i < from + length; i += 2) {
      sum += (bytes[i] & 0xff) << 8 | (bytes[i + 1] & 0xff);
    }
    return sum;
  }

  /** RFC 1071. */
  static short checksum(int begun, byte[] bytes, int from, int length) {
    int sum = begun + sum(bytes, from, length);
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }
}
