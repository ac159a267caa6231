package calico.sandbox;

import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.netlink.Netns;
import calico.netlink.route.Address;
import calico.netlink.route.Link;
import calico.netlink.route.Route;
import calico.netlink.route.Rtnetlink;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A fabric that has been built: each device is a network namespace, each cable a veth pair, each
 * switch a Linux bridge. Nothing is added to the machine's own namespace.
 */
final class Wiring {
  private static final Path SYSCTLS = Path.of("/proc/sys/net");

  /** What routers are for; and a link that is down keeps its addresses, but is not used. */
  private static final Map<String, String> ROUTER =
      Map.of(
          "ipv4/ip_forward", "1",
          "ipv6/conf/all/forwarding", "1",
          "ipv4/conf/all/rp_filter", "0",
          "ipv4/conf/default/rp_filter", "0",
          "ipv6/conf/all/keep_addr_on_down", "1",
          "ipv4/conf/all/ignore_routes_with_linkdown", "1",
          "ipv6/conf/all/ignore_routes_with_linkdown", "1");

  /** Of several paths each flow, known by its ports too, takes one. */
  private static final Map<String, String> SPREAD =
      Map.of("ipv4/fib_multipath_hash_policy", "1", "ipv6/fib_multipath_hash_policy", "1");

  private final SandboxPaths paths;
  private final SandboxState state;
  private final Map<String, Netns> devices = new LinkedHashMap<>();

  private Wiring(SandboxPaths paths, SandboxState state) {
    this.paths = paths;
    this.state = state;
  }

  static Wiring build(SandboxPaths paths, SandboxState state, Fabric fabric) throws IOException {
    Wiring wiring = new Wiring(paths, state);
    for (Fabric.Switch s : fabric.switches()) {
      wiring.add(s.name(), Map.of());
      wiring.addBridge(s.name(), s.addresses());
    }
    for (Fabric.Router router : fabric.routers()) {
      wiring.add(router.name(), ROUTER);
      if (router.rackSide() != null) {
        wiring.addBridge(router.name(), router.rackSide());
      }
    }
    for (Fabric.Node node : fabric.nodes()) {
      wiring.add(node.name(), SPREAD);
    }
    for (Fabric.Cable cable : fabric.cables()) {
      wiring.connect(cable);
    }
    for (Fabric.Node node : fabric.nodes()) {
      wiring.addDefaultRoutes(node);
    }
    return wiring;
  }

  private void add(String device, Map<String, String> sysctls) throws IOException {
    Netns netns = namespace(device);
    devices.put(device, netns);
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      rt.setUp(indexOf(rt, "lo"));
    }
    for (Map.Entry<String, String> sysctl : sysctls.entrySet()) {
      netns.<@Nullable Path, IOException>call(
          () -> Files.writeString(SYSCTLS.resolve(sysctl.getKey()), sysctl.getValue()));
    }
  }

  private void addBridge(String device, Fabric.@Nullable Addresses addresses) {
    try (Rtnetlink rt = Rtnetlink.open(netns(device))) {
      rt.createBridge(Fabric.BRIDGE);
      int index = indexOf(rt, Fabric.BRIDGE);
      if (addresses != null) {
        address(rt, index, addresses);
      }
      rt.setUp(index);
    }
  }

  private void connect(Fabric.Cable cable) {
    try (Rtnetlink rt = Rtnetlink.open(netns(cable.a().device()))) {
      Netns other = netns(cable.b().device());
      rt.createVeth(cable.a().name(), null, 0, cable.b().name(), null, other);
    }
    bringUp(cable.a());
    bringUp(cable.b());
  }

  private void bringUp(Fabric.Port port) {
    try (Rtnetlink rt = Rtnetlink.open(netns(port.device()))) {
      int index = indexOf(rt, port.name());
      if (port.addresses() == null) {
        rt.setMaster(index, indexOf(rt, Fabric.BRIDGE));
      } else {
        address(rt, index, port.addresses());
      }
      rt.setUp(index);
    }
  }

  /** Without one the kernel does not answer a workload's ARP request for its gateway. */
  private void addDefaultRoutes(Fabric.Node node) {
    Fabric.Uplink uplink = node.uplinks().getFirst();
    try (Rtnetlink rt = Rtnetlink.open(netns(node.name()))) {
      for (Family family : Family.values()) {
        InetAddress any = InetAddress.ofLiteral(family == Family.IPV4 ? "0.0.0.0" : "::");
        InetAddress gateway = uplink.gateway().of(family).ip().toInetAddress();
        rt.add(Route.to(any, 0).via(gateway).dev(indexOf(rt, uplink.name())));
      }
    }
  }

  private static void address(Rtnetlink rt, int index, Fabric.Addresses addresses) {
    for (Family family : Family.values()) {
      InterfaceAddress a = addresses.of(family);
      rt.add(Address.of(index, a.ip().toInetAddress(), a.length()));
    }
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

  /** The namespace of a device. */
  Netns netns(String device) {
    Netns netns = devices.get(device);
    if (netns == null) {
      throw new IllegalArgumentException("no device " + device);
    }
    return netns;
  }
}
