package calico.felix.rules;

import calico.model.Family;
import calico.model.Ip;
import java.nio.ByteBuffer;

/**
 * A packet that comes in, goes out, or both.
 *
 * @param input empty for what the host sends
 * @param output empty for what it receives
 * @param first source port, or ICMP type
 * @param second destination port, or ICMP code
 */
public record Packet(
    String input, String output, Ip source, Ip destination, int protocol, int first, int second) {
  public Family family() {
    return source.family();
  }

  Packet with(String newInput, String newOutput) {
    return new Packet(newInput, newOutput, source, destination, protocol, first, second);
  }

  byte[] network() {
    boolean ipv4 = family() == Family.IPV4;
    ByteBuffer header = ByteBuffer.allocate(ipv4 ? 20 : 40);
    header.position(ipv4 ? 12 : 8);
    return header.put(source.toBytes()).put(destination.toBytes()).array();
  }

  byte[] transport() {
    if (isIcmp()) {
      return new byte[] {(byte) first, (byte) second, 0, 0};
    }
    return ByteBuffer.allocate(4).putShort((short) first).putShort((short) second).array();
  }

  public boolean isIcmp() {
    return protocol == (family() == Family.IPV4 ? 1 : 58);
  }

  public boolean hasPorts() {
    return protocol == 6 || protocol == 17 || protocol == 132;
  }
}
