package calico.sandbox;

import calico.netlink.Netns;
import calico.netlink.route.Address;
import calico.netlink.route.Link;
import calico.netlink.route.Route;
import calico.netlink.route.Rtnetlink;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The network between the nodes: a switch (a Linux bridge) in a namespace of its own, and a cable
 * (a veth pair) to each node. Nothing is added to the machine's own namespace.
 *
 * <pre>
 *   switch namespace: br0 172.30.0.1/24, fd00:30::1/64
 *     |-- veth --- eth0 172.30.0.11/24, fd00:30::11/64  node1
 *     |-- veth --- eth0 172.30.0.12/24, fd00:30::12/64  node2
 * </pre>
 */
final class Fabric {
  static final String POOL_V4 = "10.244.0.0/16";
  static final String POOL_V6 = "fd00:244::/48";
  static final String SWITCH_IP = "172.30.0.1";
  private static final String SWITCH_IP6 = "fd00:30::1";
  private static final int V4_LENGTH = 24;
  private static final int V6_LENGTH = 64;

  private final SandboxPaths paths;
  private final SandboxState state;
  private final Netns switchNetns;
  private final List<Netns> nodes = new ArrayList<>();

  private Fabric(SandboxPaths paths, SandboxState state) {
    this.paths = paths;
    this.state = state;
    this.switchNetns = namespace("switch");
  }

  static Fabric build(SandboxPaths paths, SandboxState state, int nodeCount) {
    Fabric fabric = new Fabric(paths, state);
    try (Rtnetlink rt = Rtnetlink.open(fabric.switchNetns)) {
      rt.setUp(indexOf(rt, "lo"));
      rt.createBridge("br0");
      int bridge = indexOf(rt, "br0");
      address(rt, bridge, SWITCH_IP, SWITCH_IP6);
      rt.setUp(bridge);
      for (int i = 1; i <= nodeCount; i++) {
        fabric.nodes.add(fabric.addNode(rt, bridge, i));
      }
    }
    return fabric;
  }

  private Netns addNode(Rtnetlink inSwitch, int bridge, int number) {
    Netns netns = namespace(nodeName(number));
    String cable = "to-node" + number;
    inSwitch.createVeth(cable, null, 0, "eth0", null, netns);
    inSwitch.setMaster(indexOf(inSwitch, cable), bridge);
    inSwitch.setUp(indexOf(inSwitch, cable));
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      int eth0 = indexOf(rt, "eth0");
      rt.setUp(indexOf(rt, "lo"));
      address(rt, eth0, nodeIp(number), "fd00:30::" + (10 + number));
      rt.setUp(eth0);
      defaultRoute(rt, eth0, "0.0.0.0", SWITCH_IP);
      defaultRoute(rt, eth0, "::", SWITCH_IP6);
    }
    return netns;
  }

  /** Without one the kernel does not answer a workload's ARP request for its gateway. */
  private static void defaultRoute(Rtnetlink rt, int index, String any, String gateway) {
    rt.add(Route.to(InetAddress.ofLiteral(any), 0).via(InetAddress.ofLiteral(gateway)).dev(index));
  }

  private static void address(Rtnetlink rt, int index, String v4, String v6) {
    rt.add(Address.of(index, InetAddress.ofLiteral(v4), V4_LENGTH));
    rt.add(Address.of(index, InetAddress.ofLiteral(v6), V6_LENGTH));
  }

  /** Index of an interface that must be there. */
  static int indexOf(Rtnetlink rt, String name) {
    return rt.link(name)
        .map(Link::index)
        .orElseThrow(() -> new SandboxException("no interface " + name + " where it was made"));
  }

  /** Makes a namespace, noting it first. */
  Netns namespace(String part) {
    String name = paths.namespaceOf(part);
    state.addNamespace(name);
    return Netns.create(name);
  }

  static String nodeName(int number) {
    return "node" + number;
  }

  static String nodeIp(int number) {
    return "172.30.0." + (10 + number);
  }

  Netns switchNetns() {
    return switchNetns;
  }

  /** Namespace of a node by its 1-based number. */
  Netns node(int number) {
    return nodes.get(number - 1);
  }
}
