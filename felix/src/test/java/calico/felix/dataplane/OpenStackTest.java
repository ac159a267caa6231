package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.RulesConfig;
import calico.model.Ip;
import calico.netlink.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a virtual machine may ask of its host, and a container may not. */
class OpenStackTest {
  private static final String HOST = "198.51.100.1";

  /** Of the host's end, by its MAC address. */
  private static final String HOST6 = "fe80::ecee:eeff:feee:eeee";

  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  private void start(boolean openStack) {
    if (openStack) {
      RulesConfig.OpenStack services = new RulesConfig.OpenStack(Ip.parse(HOST), 8775);
      node.config = node.config.withRules(RulesConfig.defaults().withOpenStack(services));
    }
    node.start();
    node.awaitUp(1);
    for (int port : new int[] {8775, 53, 8080}) {
      node.traffic.serve(node.host, port);
    }
  }

  private boolean reaches(Netns from, String address, int port) {
    return node.traffic.tcp(from, address, port);
  }

  @Test
  void dnsAndMetadataAreReachedWhateverPolicySays() {
    start(true);
    assertTrue(reaches(node.first, "169.254.169.254", 80), "metadata, where machines look for it");
    assertTrue(reaches(node.first, HOST, 8775), "metadata, where it is");
    assertTrue(node.traffic.udp(node.first, HOST, 53), "DNS");
    assertFalse(reaches(node.first, HOST, 53), "DNS over TCP");
    assertFalse(reaches(node.first, HOST, 8080), "anything else");
  }

  @Test
  void elsewhereNothingOfThatIsOpen() {
    start(false);
    assertFalse(reaches(node.first, "169.254.169.254", 80), "metadata");
    assertFalse(reaches(node.first, HOST, 8775), "metadata");
    assertFalse(node.traffic.udp(node.first, HOST, 53), "DNS");
    assertEquals(0, dhcpRequestsThatPass("0.0.0.0"), "DHCP");
    assertEquals(0, dhcpv6RequestsThatPass(547), "DHCPv6");
  }

  /** A machine that asks for its address has none, and no route leads back to that. */
  @Test
  void aMachineMayAskForItsAddress() {
    start(true);
    assertEquals(1, dhcpRequestsThatPass("0.0.0.0"), "DHCP");
    assertEquals(1, dhcpv6RequestsThatPass(547), "DHCPv6");
    assertEquals(0, dhcpv6RequestsThatPass(548), "another port");
  }

  private int dhcpRequestsThatPass(String source) {
    node.lab.ip("w1", "addr del 10.65.0.1/32 dev eth0");
    node.lab.ip("w1", "route replace default dev eth0");
    count("ip saddr " + source + " udp sport 68 udp dport 67");
    send(StandardProtocolFamily.INET, 68, "255.255.255.255", 67);
    return passed();
  }

  private int dhcpv6RequestsThatPass(int port) {
    count("ip6 saddr fe80::/10 udp sport 546 udp dport " + port);
    String index = node.lab.ip("w1", "-o link show eth0").split(":", 2)[0];
    send(StandardProtocolFamily.INET6, 546, HOST6 + "%" + index, port);
    return passed();
  }

  /** What comes by the machine's interface, and what of it passes its host's policy. */
  private void count(String match) {
    node.lab.nft("host", "add table inet probe");
    node.lab.nft("host", "delete table inet probe");
    node.lab.nft("host", "add table inet probe");
    for (String name : new String[] {"came", "passed"}) {
      String hook = name.equals("came") ? "prerouting priority -400" : "input priority 10";
      node.lab.nft("host", "add counter inet probe " + name);
      node.lab.nft("host", "add chain inet probe " + name + " { type filter hook " + hook + " ; }");
      node.lab.nft(
          "host",
          "add rule inet probe " + name + " iifname cali1 " + match + " counter name " + name);
    }
  }

  private int passed() {
    Lab.await("it has come", () -> Uplink.counted(node.lab, "host", "came") > 0);
    return Uplink.counted(node.lab, "host", "passed");
  }

  private void send(ProtocolFamily family, int from, String to, int port) {
    node.first.run(
        () -> {
          try (DatagramChannel channel = DatagramChannel.open(family)) {
            channel.setOption(StandardSocketOptions.SO_BROADCAST, true);
            channel.bind(new InetSocketAddress(from));
            InetAddress address = InetAddress.getByName(to);
            channel.send(ByteBuffer.wrap(new byte[] {1}), new InetSocketAddress(address, port));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
