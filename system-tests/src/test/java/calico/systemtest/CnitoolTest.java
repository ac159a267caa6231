package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import calico.netlink.Netns;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The CNI project's own runtime, {@code cnitool} of github.com/containernetworking/cni, with our
 * plugin alone in version 1.1.0, and before tuning and portmap in 1.0.0, which theirs are in. No
 * distribution has it: {@code ./calico test} makes it where there is Go.
 */
class CnitoolTest {
  private static final String CONTAINER = "calico-cnitool-c-" + ProcessHandle.current().pid();

  private static final String ALONE =
      """
      {"name": "net1", "cniVersion": "1.1.0", "plugins": [
        {"type": "calico", "ipam": {"type": "calico-ipam"}}]}
      """;

  private static final String CHAINED =
      """
      {"name": "net2", "cniVersion": "1.0.0", "plugins": [
        {"type": "calico", "ipam": {"type": "calico-ipam"}},
        {"type": "tuning", "sysctl": {"net.core.somaxconn": "500"}},
        {"type": "portmap", "snat": true, "capabilities": {"portMappings": true}}]}
      """;

  @TempDir Path root;
  private CniMachine machine;

  @BeforeEach
  void start() throws Exception {
    if (!isInstalled()) {
      System.out.println("skipped: calls by cnitool, which is not in PATH");
    }
    assumeTrue(isInstalled(), "cnitool is in PATH");
    machine = new CniMachine("calico-cnitool-" + ProcessHandle.current().pid(), root);
    machine.start();
    Netns.create(CONTAINER).close();
    Path networks = Files.createDirectories(root.resolve("networks"));
    Files.writeString(networks.resolve("1.conflist"), ALONE);
    Files.writeString(networks.resolve("2.conflist"), CHAINED);
    Files.createDirectories(root.resolve("memory"));
  }

  @AfterEach
  void stop() throws Exception {
    if (isInstalled()) {
      Netns.delete(CONTAINER);
      machine.close();
    }
  }

  private static boolean isInstalled() {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "cnitool")));
  }

  /** Calls it with its memory, which it has below /var/lib, in the test's directory. */
  private String cnitool(String command, String network) throws Exception {
    String script =
        """
        mount --make-rprivate /
        mount --bind %1$s/memory /var/lib
        export CALICO_ROOT=%1$s NETCONFPATH=%1$s/networks CNI_PATH=%2$s/cni:%3$s
        exec cnitool %4$s %5$s /run/netns/%6$s
        """
            .formatted(root, Distribution.HOME, CniMachine.PLUGINS, command, network, CONTAINER);
    return machine.run("unshare", "--mount", "sh", "-ec", script);
  }

  private String container(String command) throws Exception {
    return machine.run("sh", "-c", "ip netns exec " + CONTAINER + " " + command);
  }

  @Test
  void isServedInAllThatItCanAsk() throws Exception {
    assertEquals("", cnitool("status", "net1"));
    String printed = cnitool("add", "net1");
    assertTrue(printed.contains("\"cniVersion\": \"1.1.0\""), printed);
    String address = container("ip -4 -o address show eth0");
    assertTrue(address.contains(" 192.168.") && address.contains("/32"), address);
    assertEquals("", cnitool("check", "net1"));
    assertEquals("", cnitool("del", "net1"));
    assertEquals("", cnitool("del", "net1"));
    assertEquals(Map.of(), machine.leftovers());

    String _ = cnitool("add", "net1");
    assertEquals("", cnitool("gc", "net1"));
    assertEquals(Map.of(), machine.leftovers());
  }

  @Test
  void othersFollowOurs() throws Exception {
    String printed = cnitool("add", "net2");
    assertTrue(printed.contains("\"interfaces\""), printed);
    assertEquals("500", container("cat /proc/sys/net/core/somaxconn").strip());
    assertEquals("", cnitool("check", "net2"));
    assertEquals("", cnitool("del", "net2"));
    assertFalse(machine.run("ip", "link").contains("cali"));
    String held = machine.calicoctl("ipam", "check", "--show-all-ips");
    assertFalse(held.contains("net2."), held);
  }
}
