package calico.felix.dataplane;

import calico.felix.rules.Packet;
import calico.model.Ip;
import calico.netlink.Netns;
import calico.netlink.conntrack.Conntrack;
import calico.netlink.route.Mac;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A node all of whose interfaces are in the test's hands: packets are put in on one side, and what
 * comes out is seen. Interface number i leads to 10.0.0.i and fd00::i.
 */
final class Switchboard implements AutoCloseable {
  /** By the addresses behind them; those of workloads begin as such do. */
  static final List<String> INTERFACES = List.of("eth2", "cali1", "cali2", "cali3", "eth0", "eth1");

  private static final long SETTLED_NANOS = 2_000_000;
  private static final long LATE_NANOS = 500_000_000;

  private final Lab lab = new Lab();
  final Netns host = lab.netns("host");
  private final Conntrack conntrack = Conntrack.open(host);
  private final Map<String, Tap> taps = new LinkedHashMap<>();
  private int lastMark;

  Switchboard() {
    lab.run(
        "host",
        "sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"
            + " net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0"
            + " net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0"
            + " net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.router_solicitations=0");
    for (int i = 0; i < INTERFACES.size(); i++) {
      String name = INTERFACES.get(i);
      lab.ip("host", "tuntap add " + name + " mode tap");
      lab.ip("host", "link set " + name + " address " + hostMac(i) + " up");
      taps.put(name, new Tap(host, name));
      if (!name.startsWith("cali")) {
        for (Ip ip : List.of(ipv4(i), ipv6(i))) {
          lab.ip("host", "route add " + ip + " dev " + name);
          lab.ip("host", "neigh add " + ip + " lladdr " + mac(i) + " dev " + name);
        }
      }
    }
  }

  static Ip ipv4(int number) {
    return Ip.parse("10.0.0.0").plus(number);
  }

  static Ip ipv6(int number) {
    return Ip.parse("fd00::").plus(number);
  }

  /** What is behind an interface. */
  static Mac mac(int number) {
    return Mac.parse("0a:00:00:00:00:0" + number);
  }

  private static Mac hostMac(int number) {
    return Mac.parse("0e:00:00:00:00:0" + number);
  }

  /** Forgets all connections. */
  void forget() {
    List<InetAddress> all = new ArrayList<>();
    for (int i = 0; i < INTERFACES.size(); i++) {
      all.add(ipv4(i).toInetAddress());
      all.add(ipv6(i).toInetAddress());
    }
    conntrack.deleteFlows(all);
  }

  /** Puts a packet in; returns its mark. */
  int send(Packet packet) {
    lastMark = lastMark % 0xfff0 + 1;
    int from = INTERFACES.indexOf(packet.input());
    tap(packet.input()).send(Frames.of(packet, lastMark, hostMac(from), mac(from)));
    return lastMark;
  }

  /** Puts a frame in. */
  void send(String name, byte[] frame) {
    tap(name).send(frame);
  }

  /** A frame with a packet, from a MAC address that may be anybody's. */
  byte[] frame(Packet packet, int mark, Mac from) {
    int number = INTERFACES.indexOf(packet.input());
    return Frames.of(packet, mark, hostMac(number), from);
  }

  /** Waits for the frame with that mark to come out at an interface. */
  byte[] frame(int mark, String name) {
    byte[][] found = {null};
    Lab.await(
        "packet " + mark + " comes out at " + name,
        () -> {
          byte @Nullable [] frame = tap(name).receive();
          if (frame != null && Integer.valueOf(mark).equals(Frames.mark(frame))) {
            found[0] = frame;
          }
          return found[0] != null;
        });
    return found[0];
  }

  /** How many connections the kernel knows. */
  int connections() {
    return Integer.parseInt(
        lab.run("host", "cat /proc/sys/net/netfilter/nf_conntrack_count").strip());
  }

  private Tap tap(String name) {
    Tap tap = taps.get(name);
    if (tap == null) {
      throw new IllegalArgumentException("there is no interface " + name);
    }
    return tap;
  }

  /**
   * The marks of the packets that come out, each with where.
   *
   * @param awaited those that should, for which it waits; a busy kernel may take its time
   */
  Map<Integer, String> receive(Set<Integer> awaited) {
    Map<Integer, String> seen = new LinkedHashMap<>();
    long begin = System.nanoTime();
    long settled = begin + SETTLED_NANOS;
    while (System.nanoTime() < settled
        || (!seen.keySet().containsAll(awaited) && System.nanoTime() < begin + LATE_NANOS)) {
      for (Map.Entry<String, Tap> tap : taps.entrySet()) {
        byte @Nullable [] frame = tap.getValue().receive();
        while (frame != null) {
          Integer mark = Frames.mark(frame);
          if (mark != null && mark != 0) {
            seen.put(mark, tap.getKey());
            settled = System.nanoTime() + SETTLED_NANOS;
          }
          frame = tap.getValue().receive();
        }
      }
      LockSupport.parkNanos(100_000);
    }
    return seen;
  }

  @Override
  public void close() {
    taps.values().forEach(Tap::close);
    conntrack.close();
    lab.close();
  }
}
