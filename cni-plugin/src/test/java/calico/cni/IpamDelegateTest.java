package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Addresses that another IPAM plugin assigns. */
class IpamDelegateTest extends OnHost {
  private static final Path REAL = Path.of("/usr/lib/cni");
  private static final String POD = "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0";

  private static String conf(String version, String ipam) {
    return "{'cniVersion':'" + version + "','name':'net1','ipam':{" + ipam + "}}";
  }

  private static String conf(String version) {
    return conf(version, "'type':'my-ipam'");
  }

  /** With the attachments of the interfaces eth0 of some containers, as for GC. */
  private static String valid(String conf, String... containers) {
    List<String> listed =
        Stream.of(containers)
            .map(c -> "{'containerID':'" + Host.id(c) + "','ifname':'eth0'}")
            .toList();
    return conf.replace("'ipam'", "'cni.dev/valid-attachments':" + listed + ",'ipam'");
  }

  /** A line of shell that has the plugin fail. */
  private static String failing(String command, int code, String message) {
    return "[ $CNI_COMMAND != %s ] || { echo '{\"code\":%d,\"msg\":\"%s\"}'; exit 1; }"
        .formatted(command, code, message);
  }

  private void assertFailure(int code, String part, CniExchange.Answer answer) {
    assertEquals(1, answer.status(), answer::stdout);
    assertEquals((long) code, Host.tree(answer).get("code"), answer::stdout);
    assertTrue(answer.stdout().contains(part), answer::stdout);
  }

  @Test
  void itsAddressesAreUsedAndGivenBack() throws IOException {
    host.ipamPlugin("my-ipam", "");
    String c = host.container();
    String conf = conf("0.3.1");
    ok(host.call("ADD", c, "", conf));
    assertEquals(List.of("10.88.0.1/32"), host.endpoint(c).ipNetworks());
    ok(host.call("DEL", c, "", conf));
    String id = Host.id(c);
    String sent = conf.replace('\'', '"');
    assertEquals(
        List.of("ADD " + id + " eth0 " + sent, "DEL " + id + " eth0 " + sent),
        Files.readAllLines(directory.resolve("log")));
    assertFailure(
        7, "no such executable", host.call("ADD", c, "", conf.replace("my-ipam", "absent")));
  }

  @Test
  void itIsAskedByCheck() throws IOException {
    host.ipamPlugin("my-ipam", "");
    String c = host.container();
    ok(host.call("ADD", c, "", conf("1.0.0")));
    ok(host.call("CHECK", c, "", conf("1.0.0")));
    assertEquals("CHECK " + Host.id(c) + " eth0", host.ipamCalls().getLast());
    host.ipamPlugin("my-ipam", failing("CHECK", 150, "the lease is over"));
    assertFailure(150, "the lease is over", host.call("CHECK", c, "", conf("1.0.0")));
    // Before 0.4.0 there was no such command.
    ok(host.call("CHECK", c, "", conf("0.3.1")));
  }

  @Test
  void itIsAskedByStatus() throws IOException {
    host.ipamPlugin("my-ipam", "");
    ok(host.call("STATUS", "x", "", conf("1.1.0")));
    assertTrue(host.ipamCalls().getLast().startsWith("STATUS "));
    host.ipamPlugin("my-ipam", failing("STATUS", 50, "no more addresses"));
    assertFailure(50, "no more addresses", host.call("STATUS", "x", "", conf("1.1.0")));
    ok(host.call("STATUS", "x", "", conf("1.0.0")));
  }

  @Test
  void gcDetachesItsContainersAndIsPassedOn() throws IOException {
    host.ipamPlugin("my-ipam", "");
    String kept = host.container();
    String lost = host.container();
    String pod = host.container();
    String other = host.container();
    String conf = conf("1.1.0");
    String ofPods = conf.replace("'ipam'", "'policy':{'type':'k8s'},'ipam'");
    List.of(kept, lost).forEach(c -> ok(host.call("ADD", c, "", conf)));
    ok(host.call("ADD", pod, POD, ofPods));
    ok(host.call("ADD", other, "", conf.replace("net1", "net2")));
    ok(host.call("GC", kept, "", valid(ofPods, kept)));
    assertTrue(host.hasEndpoint(kept));
    assertTrue(host.hasEndpoint(other));
    assertFalse(host.hasEndpoint(lost));
    assertTrue(
        host.datastore
            .get(ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "shop", "node1-k8s-web--0-eth0"))
            .isEmpty());
    assertFalse(Host.ip(pod, "link").contains("eth0") || Host.ip(lost, "link").contains("eth0"));
    List<String> calls = host.ipamCalls();
    assertTrue(calls.getLast().startsWith("GC "), calls::toString);
    for (String c : List.of(lost, pod)) {
      assertTrue(calls.contains("DEL " + Host.id(c) + " eth0"), calls::toString);
    }
    assertFalse(calls.contains("DEL " + Host.id(kept) + " eth0"), calls::toString);
  }

  @Test
  void gcGoesOnWhenItFails() throws IOException {
    host.ipamPlugin("my-ipam", failing("DEL", 11, "not now"));
    String one = host.container();
    String two = host.container();
    List.of(one, two).forEach(c -> ok(host.call("ADD", c, "", conf("1.1.0"))));
    assertFailure(11, "not now", host.call("GC", one, "", conf("1.1.0")));
    assertFalse(host.hasEndpoint(one) || host.hasEndpoint(two));
    assertTrue(host.ipamCalls().getLast().startsWith("GC "));
  }

  @Test
  void gcTellsInterfacesOfNetworksApart() {
    String c = host.container();
    String first = conf("1.1.0", "'type':'calico-ipam'");
    ok(host.call("ADD", c, "", first));
    Map<String, String> second = host.variables("ADD", c, "");
    second.put("CNI_IFNAME", "eth1");
    ok(CniClient.call("calico", second, first.replace("net1", "net2").replace('\'', '"')));
    ok(host.call("GC", c, "", valid(first, c)));
    assertTrue(Host.ip(c, "link").contains("eth1"));
  }

  /** Debian's has no GC: what the runtime forgot is taken back from it by DEL. */
  @Test
  void hostLocalTakesBackWhatTheRuntimeForgot() throws IOException {
    assumeTrue(Files.isExecutable(REAL.resolve("host-local")), "host-local is installed");
    Files.createSymbolicLink(directory.resolve("host-local"), REAL.resolve("host-local"));
    Path memory = directory.resolve("memory");
    String conf =
        conf(
            "1.0.0",
            "'type':'host-local','dataDir':'"
                + memory
                + "','ranges':[[{'subnet':'10.91.0.0/24'}]]");
    String kept = host.container();
    String lost = host.container();
    List.of(kept, lost).forEach(c -> ok(host.call("ADD", c, "", conf)));
    Path network = memory.resolve("net1");
    assertTrue(Files.exists(network.resolve("10.91.0.3")));
    ok(host.call("CHECK", kept, "", conf));
    ok(host.call("GC", kept, "", valid(conf, kept)));
    assertTrue(Files.exists(network.resolve("10.91.0.2")));
    assertFalse(Files.exists(network.resolve("10.91.0.3")));
    Files.delete(network.resolve("10.91.0.2"));
    assertFailure(999, "host-local", host.call("CHECK", kept, "", conf));
  }
}
