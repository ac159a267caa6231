package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.json.Json;
import calico.netlink.Netns;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The network is somebody else's: their plugin makes interfaces and gives addresses, and the node
 * daemon, with CALICO_NETWORKING_BACKEND=none, enforces policy on them. And the other way round:
 * their plugin, our addresses.
 */
class ForeignPluginTest {
  private static final int PORT = 8080;
  private static final int CONNECT_MILLIS = 500;
  private static final int SETTLING_SECONDS = 30;

  private static final String POLICY =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkPolicy
      metadata: {name: server}
      spec:
        selector: app == 'server'
        ingress: [{action: Allow, source: {selector: app == 'friend'}}]
      ---
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkPolicy
      metadata: {name: clients}
      spec:
        selector: app in {'friend', 'stranger'}
        egress: [{action: Allow}]
      """;

  @TempDir Path root;
  private CniMachine machine;
  private final List<String> namespaces = new ArrayList<>();

  /** A container that a foreign plugin attached. */
  private record Container(Netns netns, String hostInterface, String address) {}

  @BeforeEach
  void makeMachine() {
    machine = new CniMachine("calico-foreign-" + ProcessHandle.current().pid(), root);
  }

  @AfterEach
  void removeMachine() throws Exception {
    machine.close();
    namespaces.forEach(Netns::delete);
  }

  private static String namespace(String name) {
    return "calico-foreign-" + ProcessHandle.current().pid() + "-" + name;
  }

  private Netns container(String name) {
    namespaces.add(namespace(name));
    return Netns.create(namespace(name));
  }

  private String ptp() {
    return """
        {"cniVersion": "1.0.0", "name": "foreign", "type": "ptp",
         "ipam": {"type": "host-local", "dataDir": "%s", "subnet": "10.88.0.0/24"}}
        """
        .formatted(root.resolve("host-local"));
  }

  private CniMachine.Answer ok(CniMachine.Answer answer) {
    assertEquals(0, answer.status(), answer::output);
    return answer;
  }

  private static Map<?, ?> first(Map<?, ?> result, String list) {
    return (Map<?, ?>) ((List<?>) Objects.requireNonNull(result.get(list))).getFirst();
  }

  private Container attach(String name) throws Exception {
    Netns netns = container(name);
    CniMachine.Answer answer =
        ok(machine.plugin("ptp", "ADD", name, Netns.DIRECTORY.resolve(namespace(name)), ptp()));
    Map<?, ?> result = (Map<?, ?>) Objects.requireNonNull(Json.parse(answer.output()));
    String address = String.valueOf(first(result, "ips").get("address"));
    String hostInterface = String.valueOf(first(result, "interfaces").get("name"));
    return new Container(netns, hostInterface, address.substring(0, address.indexOf('/')));
  }

  private void apply(String name, String text) throws Exception {
    Path file = Files.writeString(root.resolve(name + ".yaml"), text);
    machine.calicoctl("apply", "-f", file.toString());
  }

  private void endpoint(String name, Container container) throws Exception {
    apply(
        name,
        """
        apiVersion: projectcalico.org/v3
        kind: WorkloadEndpoint
        metadata: {name: one-cni-%1$s-eth0, namespace: default, labels: {app: %1$s}}
        spec:
          {orchestrator: cni, node: one, containerID: %1$s, endpoint: eth0,
           interfaceName: %2$s, ipNetworks: [%3$s/32]}
        """
            .formatted(name, container.hostInterface(), container.address()));
  }

  private static boolean connects(Container from, Container to) {
    return from.netns()
        .call(
            () -> {
              try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(to.address(), PORT), CONNECT_MILLIS);
                return true;
              } catch (IOException _) {
                return false;
              }
            });
  }

  @Test
  void policyHoldsOnInterfacesOfAnotherPlugin() throws Exception {
    machine.start(Map.of("CALICO_NETWORKING_BACKEND", "none", "FELIX_INTERFACEPREFIX", "veth"));
    Container server = attach("server");
    Container friend = attach("friend");
    Container stranger = attach("stranger");
    apply("policy", POLICY);
    endpoint("server", server);
    endpoint("friend", friend);
    endpoint("stranger", stranger);
    try (ServerSocket _ =
        server.netns().<ServerSocket, IOException>call(() -> new ServerSocket(PORT))) {
      LiveSandbox.await(
          "the friend to be let in", SETTLING_SECONDS, () -> connects(friend, server));
      LiveSandbox.await(
          "the stranger to be kept out", SETTLING_SECONDS, () -> !connects(stranger, server));
      assertTrue(connects(friend, server));
      machine.calicoctl("delete", "gnp", "server");
      LiveSandbox.await(
          "nobody to be let in without the policy",
          SETTLING_SECONDS,
          () -> !connects(friend, server));
    }
    assertFalse(Files.exists(root.resolve("run/calico/bird.pid")), "no BIRD");
    assertFalse(Files.exists(root.resolve("etc/cni")), "no configuration beside theirs");
    assertFalse(machine.calicoctl("get", "node", "one", "-o", "yaml").contains("bgp:"));
    for (String name : List.of("server", "friend", "stranger")) {
      Path netns = Netns.DIRECTORY.resolve(namespace(name));
      ok(machine.plugin("ptp", "DEL", name, netns, ptp()));
      machine.calicoctl("delete", "wep", "one-cni-" + name + "-eth0");
    }
    for (Container container : List.of(server, friend, stranger)) {
      container.netns().close();
      LiveSandbox.await(
          "no rule for " + container.hostInterface(),
          SETTLING_SECONDS,
          () -> !rules().contains(container.hostInterface()));
    }
  }

  private String rules() {
    try {
      return machine.run("nft", "list", "ruleset");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anotherPluginGetsOurAddresses() throws Exception {
    machine.start();
    String bridge =
        """
        {"cniVersion": "1.0.0", "name": "net1", "type": "bridge", "bridge": "cni0",
         "ipam": {"type": "calico-ipam"}}
        """;
    container("bridged").close();
    Path netns = Netns.DIRECTORY.resolve(namespace("bridged"));
    String printed = ok(machine.plugin("bridge", "ADD", "bridged", netns, bridge)).output();
    assertTrue(printed.contains("\"address\": \"192.168."), printed);
    String all = machine.calicoctl("ipam", "check", "--show-all-ips");
    assertTrue(all.contains("net1.bridged"), all);
    ok(machine.plugin("bridge", "CHECK", "bridged", netns, withResult(bridge, printed)));
    ok(machine.plugin("bridge", "DEL", "bridged", netns, bridge));
    ok(machine.plugin("bridge", "DEL", "bridged", netns, bridge));
    assertEquals(Map.of(), machine.leftovers());
  }

  /** As a runtime passes it on to CHECK. */
  private static String withResult(String configuration, String result) {
    return configuration.strip().replaceFirst("}$", "") + ", \"prevResult\": " + result + "}";
  }
}
