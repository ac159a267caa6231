package calico.sandbox;

import calico.netlink.Netns;
import calico.netlink.route.Rtnetlink;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The network between the nodes: a switch (a Linux bridge) in a namespace of its own, and a cable
 * (a veth pair) to each node. Nothing is added to the machine's own namespace.
 *
 * <pre>
 *   switch namespace: br0 172.30.0.1/24, fd00:30::1/64
 *     |-- veth --- eth0 172.30.0.11/24  node1
 *     |-- veth --- eth0 172.30.0.12/24  node2
 * </pre>
 */
final class Fabric {
  static final String POOL_V4 = "10.244.0.0/16";
  static final String POOL_V6 = "fd00:244::/48";
  static final String SWITCH_IP = "172.30.0.1";
  private static final int V4_LENGTH = 24;
  private static final int V6_LENGTH = 64;

  private final SandboxPaths paths;
  private final SandboxState state;
  private final Netns switchNetns;
  private final List<Netns> nodes = new ArrayList<>();

  private Fabric(SandboxPaths paths, SandboxState state) throws IOException {
    this.paths = paths;
    this.state = state;
    this.switchNetns = namespace("switch");
  }

  static Fabric build(SandboxPaths paths, SandboxState state, int nodeCount) throws IOException {
    Fabric fabric = new Fabric(paths, state);
    try (Rtnetlink rt = Rtnetlink.open(fabric.switchNetns)) {
      rt.setUp("lo");
      rt.createBridge("br0");
      rt.addAddress("br0", InetAddress.ofLiteral(SWITCH_IP), V4_LENGTH);
      rt.addAddress("br0", InetAddress.ofLiteral("fd00:30::1"), V6_LENGTH);
      rt.setUp("br0");
      for (int i = 1; i <= nodeCount; i++) {
        fabric.nodes.add(fabric.addNode(rt, i));
      }
    }
    return fabric;
  }

  private Netns addNode(Rtnetlink inSwitch, int number) throws IOException {
    Netns netns = namespace(nodeName(number));
    String cable = "to-node" + number;
    inSwitch.createVeth(cable, "eth0", netns);
    inSwitch.setMaster(cable, "br0");
    inSwitch.setUp(cable);
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      rt.setUp("lo");
      rt.addAddress("eth0", InetAddress.ofLiteral(nodeIp(number)), V4_LENGTH);
      rt.addAddress("eth0", InetAddress.ofLiteral("fd00:30::" + (10 + number)), V6_LENGTH);
      rt.setUp("eth0");
    }
    return netns;
  }

  /** Makes a namespace, noting it first. */
  Netns namespace(String part) throws IOException {
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
