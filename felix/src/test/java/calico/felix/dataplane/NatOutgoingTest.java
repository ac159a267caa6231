package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.RulesConfig;
import calico.felix.rules.RulesConfig.SourceNat;
import calico.felix.state.Pool;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.config.NumberRange;
import calico.netlink.Netns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who a workload is to a peer outside of all pools, which has no route back to the pools. */
class NatOutgoingTest {
  private final Node node = new Node();
  private final Netns peer = node.lab.netns("peer");

  @BeforeEach
  void connect() {
    node.lab.ip("host", "link add eth0 type veth peer name eth0 netns " + node.lab.name("peer"));
    node.lab.ip("host", "link set eth0 up");
    node.lab.ip("peer", "link set eth0 up");
    node.lab.ip("host", "addr add 203.0.113.1/24 dev eth0");
    node.lab.ip("host", "addr add 203.0.113.7/24 dev eth0");
    node.lab.ip("peer", "addr add 203.0.113.2/24 dev eth0");
    node.lab.ip("host", "addr add fd00:71::1/64 dev eth0 nodad");
    node.lab.ip("peer", "addr add fd00:71::2/64 dev eth0 nodad");
    node.state.put(new StateKey.PoolId(Cidr.parse("10.65.0.0/16")), new Pool(true));
    node.state.put(new StateKey.PoolId(Cidr.parse("fd00:65::/64")), new Pool(true));
    node.traffic.serve(peer, 8080);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private void start(SourceNat nat) {
    node.config = node.config.withRules(RulesConfig.defaults().withSourceNat(nat));
    node.start();
    node.awaitUp(1);
  }

  private boolean seenAs(String match) {
    count("tcp dport 8080 " + match);
    assertTrue(node.traffic.tcp(node.first, "203.0.113.2", 8080), "through NAT");
    return wasCounted();
  }

  private void count(String match) {
    node.lab.nft("peer", "add table inet probe");
    node.lab.nft("peer", "add chain inet probe in { type filter hook input priority 0 ; }");
    node.lab.nft("peer", "flush chain inet probe in");
    node.lab.nft("peer", "add rule inet probe in " + match + " counter");
  }

  private boolean wasCounted() {
    return !node.lab.nft("peer", "list chain inet probe in").contains("counter packets 0 ");
  }

  /** The kernel translates every connection where there is a hook, be it to what it was. */
  @Test
  void whereNoPoolAsksForItThereIsNoHook() {
    node.state.put(new StateKey.PoolId(Cidr.parse("10.65.0.0/16")), new Pool(false));
    start(SourceNat.MASQUERADE);
    assertFalse(node.lab.nft("host", "list table ip calico").contains("hook postrouting"));
    assertTrue(node.lab.nft("host", "list table ip6 calico").contains("hook postrouting"));
    node.lab.ip("peer", "route add 10.65.0.0/16 via 203.0.113.1");
    assertTrue(seenAs("ip saddr 10.65.0.1"));
    StateKey.PoolId pool = new StateKey.PoolId(Cidr.parse("10.65.0.0/16"));
    node.apply(new StateChange.Put<>(pool, new Pool(true)));
    assertTrue(seenAs("ip saddr 203.0.113.1"));
    node.apply(new StateChange.Put<>(pool, new Pool(false)));
    assertFalse(node.lab.nft("host", "list table ip calico").contains("hook postrouting"));
    assertTrue(seenAs("ip saddr 10.65.0.1"));
  }

  @Test
  void aRangeOfPorts() {
    start(new SourceNat(null, new NumberRange(40000, 40010), ""));
    assertTrue(seenAs("ip saddr 203.0.113.1 tcp sport 40000-40010"));
  }

  @ParameterizedTest
  @CsvSource({"ip, 203.0.113.1, 203.0.113.2", "ip6, fd00:71::1, fd00:71::2"})
  void aRangeOfPortsOfEachFamilyAndProtocol(String family, String own, String peerAddress) {
    start(new SourceNat(null, new NumberRange(40000, 40010), ""));
    count(family + " saddr " + own + " tcp sport 40000-40010 tcp dport 8080");
    assertTrue(node.traffic.tcp(node.first, peerAddress, 8080), "TCP through NAT");
    assertTrue(wasCounted(), "TCP");
    count(family + " saddr " + own + " udp sport 40000-40010 udp dport 8080");
    assertTrue(node.traffic.udp(node.first, peerAddress, 8080), "UDP through NAT");
    assertTrue(wasCounted(), "UDP");
    count("meta l4proto { icmp, ipv6-icmp } " + family + " saddr " + own);
    node.lab.run("w1", "ping -c 1 -W 2 " + peerAddress);
    assertTrue(wasCounted(), "a protocol without ports");
  }

  @Test
  void anAddressAndARangeOfPorts() {
    start(new SourceNat(Ip.parse("203.0.113.7"), new NumberRange(41000, 41010), "eth+"));
    assertTrue(seenAs("ip saddr 203.0.113.7 tcp sport 41000-41010"));
  }

  @Test
  void nodesAreOutsideUnlessTheyAreExcluded() {
    node.lab.ip("peer", "route add 10.65.0.0/16 via 203.0.113.1");
    node.state.put(new StateKey.NodeIp(Ip.parse("203.0.113.2")), "n2");
    start(SourceNat.MASQUERADE);
    assertTrue(seenAs("ip saddr 203.0.113.1"));
    node.stop();
    node.config = node.config.withRules(node.config.rules().withMasqueradeToNodes(false));
    node.start();
    assertTrue(seenAs("ip saddr 10.65.0.1"));
  }

  @Test
  void anotherInterfacesFilter() {
    start(new SourceNat(null, null, "bond0"));
    assertFalse(node.traffic.tcp(node.first, "203.0.113.2", 8080), "not translated");
  }
}
