package calico.netlink.route;

import calico.netlink.MalformedMessageException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** AF_INET or AF_INET6. */
public enum IpFamily {
  IPV4(2, 4),
  IPV6(10, 16);

  final int code;
  final int length;

  IpFamily(int code, int length) {
    this.code = code;
    this.length = length;
  }

  public static IpFamily of(InetAddress address) {
    return address instanceof Inet6Address ? IPV6 : IPV4;
  }

  static @Nullable IpFamily of(int code) {
    return code == IPV4.code ? IPV4 : code == IPV6.code ? IPV6 : null;
  }

  /** All zeros. */
  InetAddress any() {
    return address(new byte[length]);
  }

  /** An address of four or sixteen bytes; sixteen stay IPv6 even when they map an IPv4 address. */
  static InetAddress address(byte[] bytes) {
    try {
      return bytes.length == IPV6.length
          ? Inet6Address.getByAddress(null, bytes, -1)
          : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new MalformedMessageException("an IP address of " + bytes.length + " bytes");
    }
  }
}
