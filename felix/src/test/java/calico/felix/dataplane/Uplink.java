package calico.felix.dataplane;

import calico.netlink.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/** A peer outside of the cluster, on a network of its own with a node. */
final class Uplink {
  static final String HOST = "203.0.113.1";
  static final String PEER = "203.0.113.2";
  static final String HOST6 = "2001:db8:113::1";
  static final String PEER6 = "2001:db8:113::2";

  final Netns peer;
  private final Lab lab;

  Uplink(Node node) {
    lab = node.lab;
    peer = lab.netns("peer");
    lab.run("peer", "sysctl -q net.ipv6.conf.default.accept_dad=0");
    lab.ip("host", "link add eth0 type veth peer name eth0 netns " + lab.name("peer"));
    lab.ip("host", "link set eth0 up");
    lab.ip("peer", "link set eth0 up");
    lab.ip("host", "addr add " + HOST + "/24 dev eth0");
    lab.ip("peer", "addr add " + PEER + "/24 dev eth0");
    lab.ip("host", "addr add " + HOST6 + "/64 dev eth0 nodad");
    lab.ip("peer", "addr add " + PEER6 + "/64 dev eth0 nodad");
    lab.ip("peer", "route add default via " + HOST);
    lab.ip("peer", "route add default via " + HOST6);
    lab.ip("host", "route add default via " + PEER6);
  }

  /** Counts packets that come in to a namespace, under a name. */
  static void count(Lab lab, String netns, String name, String match) {
    lab.nft(netns, "add table inet probe");
    lab.nft(netns, "add counter inet probe " + name);
    lab.nft(netns, "add chain inet probe in { type filter hook prerouting priority 0 ; }");
    lab.nft(netns, "add rule inet probe in " + match + " counter name " + name);
  }

  /** How many there were. */
  static int counted(Lab lab, String netns, String name) {
    String text = lab.nft(netns, "list counter inet probe " + name);
    return Integer.parseInt(text.replaceAll("(?s).*packets ([0-9]+) .*", "$1"));
  }

  /** Sends datagrams that nobody has to answer. */
  static void send(Netns from, String source, String destination, int count) {
    from.run(
        () -> {
          try (DatagramChannel channel = DatagramChannel.open()) {
            channel.bind(new InetSocketAddress(source, 0));
            for (int i = 0; i < count; i++) {
              channel.send(
                  ByteBuffer.wrap(new byte[] {42}), new InetSocketAddress(destination, 9999));
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
