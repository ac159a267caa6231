package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * containerd and runc run containers that our plugin attaches, followed by the tuning, bandwidth
 * and portmap plugins. A container's file system is one static program, compiled here.
 */
class ContainerdTest {
  private static final String SERVER =
      """
      #include <netinet/in.h>
      #include <stdio.h>
      #include <sys/socket.h>
      #include <unistd.h>
      int main(void) {
        int server = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(8080)};
        if (bind(server, (void *)&here, sizeof here) != 0 || listen(server, 8) != 0) return 1;
        for (;;) {
          int client = accept(server, 0, 0);
          if (client >= 0) { dprintf(client, "served"); close(client); }
        }
      }
      """;

  private static final String NETWORK =
      """
      {"name": "net1", "cniVersion": "1.0.0", "plugins": [
        {"type": "calico", "ipam": {"type": "calico-ipam"}},
        {"type": "tuning", "sysctl": {"net.core.somaxconn": "500"}},
        {"type": "bandwidth", "ingressRate": 80000000, "ingressBurst": 8000000},
        {"type": "portmap", "snat": true, "capabilities": {"portMappings": true}}]}
      """;

  /** runc knows containers by their names, on the whole machine. */
  private static final List<String> CONTAINERS =
      List.of("web1-" + ProcessHandle.current().pid(), "web2-" + ProcessHandle.current().pid());

  @TempDir Path root;
  private CniMachine machine;
  private Process containerd;

  @BeforeEach
  void start() throws Exception {
    machine = new CniMachine("calico-ctr-" + ProcessHandle.current().pid(), root);
    machine.start();
    Files.createDirectories(root.resolve("conf"));
    Files.writeString(root.resolve("conf/10-calico.conflist"), NETWORK);
    Files.createDirectories(root.resolve("image/proc"));
    Files.createDirectories(root.resolve("image/dev"));
    Files.createDirectories(root.resolve("image/sys"));
    Path source = Files.writeString(root.resolve("server.c"), SERVER, StandardCharsets.US_ASCII);
    machine.run("cc", "-static", "-o", root.resolve("image/server").toString(), source.toString());
    machine.run("cp", "-r", CniMachine.PLUGINS + "/.", root.resolve("bin").toString());
    machine.run("cp", "-r", Distribution.HOME + "/cni/.", root.resolve("bin").toString());
    containerd =
        machine.netns.<Process, Exception>call(
            () ->
                new ProcessBuilder(
                        "containerd",
                        "--config=/dev/null",
                        "--root=" + root.resolve("containerd"),
                        "--state=" + root.resolve("state"),
                        "--address=" + root.resolve("containerd.sock"))
                    .redirectErrorStream(true)
                    .redirectOutput(root.resolve("containerd.log").toFile())
                    .start());
    LiveSandbox.await(
        "containerd; see its log", 60, () -> Files.exists(root.resolve("containerd.sock")));
  }

  @AfterEach
  void stop() throws Exception {
    for (String name : CONTAINERS) { // of which none is left, unless the test has failed
      String _ =
          machine.run(
              "sh",
              "-c",
              "runc --root /run/containerd/runc/default delete -f %1$s 2>&1 || true"
                  .formatted(name));
    }
    containerd.destroy();
    assertTrue(containerd.waitFor(30, TimeUnit.SECONDS), "containerd ends when asked");
    machine.close();
  }

  /** Runs ctr where its plugins and their configuration are ours. */
  private String ctr(String arguments) throws Exception {
    String script =
        """
        mount --make-rprivate /
        mkdir -p /etc/cni/net.d /opt/cni/bin
        mount --bind %1$s/conf /etc/cni/net.d
        mount --bind %1$s/bin /opt/cni/bin
        export CALICO_ROOT=%1$s
        exec ctr --address %1$s/containerd.sock %2$s
        """
            .formatted(root, arguments);
    return machine.run("unshare", "--mount", "sh", "-ec", script);
  }

  private String served(String address) throws Exception {
    return machine.run("bash", "-c", "exec 3<>/dev/tcp/" + address + "/8080; timeout 5 cat <&3");
  }

  @Test
  void containersAreReachableOnceTheyRun() throws Exception {
    for (String name : CONTAINERS) {
      ctr("run --detach --cni --rootfs " + root.resolve("image") + " " + name + " /server");
    }
    List<String> addresses =
        machine
            .run("ip", "-4", "route")
            .lines()
            .filter(l -> l.matches(".*" + CniMachine.WIRE + ".*"))
            .map(l -> l.substring(0, l.indexOf(' ')))
            .distinct()
            .toList();
    assertEquals(2, addresses.size());
    for (String address : addresses) {
      assertEquals("served", served(address));
    }
    assertTrue(
        machine.run("tc", "qdisc").contains("tbf"), "the bandwidth plugin has done its work");
    String pid =
        ctr("task ls")
            .lines()
            .filter(l -> l.startsWith(CONTAINERS.getFirst()))
            .findFirst()
            .orElseThrow();
    String somaxconn =
        machine.run(
            "nsenter",
            "--net=/proc/" + pid.trim().split("\\s+")[1] + "/ns/net",
            "cat",
            "/proc/sys/net/core/somaxconn");
    assertEquals("500", somaxconn.strip());

    for (String name : CONTAINERS) {
      ctr("task kill --signal 9 " + name);
      LiveSandbox.await(name + " to end", 30, () -> ended(name));
      ctr("task delete " + name);
      ctr("container delete " + name);
      // ctr calls no DEL for what it started detached; other clients of containerd do.
      CniMachine.Answer del = machine.cni("DEL", "default-" + name, Path.of(""));
      assertEquals(0, del.status(), del::output);
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    Map<String, String> left = machine.leftovers();
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      left = machine.leftovers(); // Felix follows the datastore
    }
    assertEquals(Map.of(), left);
  }

  private boolean ended(String name) {
    try {
      return ctr("task ls")
          .lines()
          .filter(l -> l.startsWith(name))
          .allMatch(l -> l.contains("STOPPED"));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
