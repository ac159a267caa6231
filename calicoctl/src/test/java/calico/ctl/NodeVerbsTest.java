package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.confd.BgpSession;
import calico.confd.BgpSession.Origin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs about the node that this runs on. */
class NodeVerbsTest {
  @TempDir Path directory;

  @Test
  void statusOfARealBird() throws Exception {
    Path config =
        Files.writeString(
            directory.resolve("bird.conf"),
            """
            router id 127.0.0.1;
            protocol device {}
            protocol bgp Mesh_127_0_0_77 {
              local 127.0.0.1 as 64512;
              neighbor 127.0.0.77 port 9 as 64512;
              ipv4 {};
            }
            protocol bgp Node_fd00__2_port_1790 {
              local ::1 as 64512;
              neighbor fd00::2 port 1790 as 64513;
              multihop;
              ipv6 { import none; export none; };
            }
            """);
    Path socket = directory.resolve("bird.ctl");
    Process bird =
        new ProcessBuilder("bird", "-f", "-c", config.toString(), "-s", socket.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("bird.log").toFile())
            .start();
    try {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      Console c;
      do {
        c = run("node", "status", "--bird-socket", socket.toString());
        Thread.onSpinWait();
      } while (c.status() != 0 && System.nanoTime() < deadline);
      assertEquals(0, c.status(), c.err());
      assertTrue(c.out().contains("| 127.0.0.77   | node-to-node mesh | "), c.out());
      assertTrue(c.out().contains("| fd00::2 port 1790 | node specific | "), c.out());
      assertTrue(c.out().contains("\nIPv6 BGP status\n+--"), c.out());
      assertFalse(c.out().contains("Not in effect"), c.out());
      Files.writeString(directory.resolve("confd.problems"), "refused: BGPPeer(far): why\n");
      c = run("node", "status", "--bird-socket", socket.toString());
      assertTrue(c.out().endsWith("\nNot in effect:\n  refused: BGPPeer(far): why\n"), c.out());
    } finally {
      bird.destroy();
      bird.waitFor();
    }
  }

  @Test
  void rowsOfSessions() {
    assertEquals(
        List.of("10.0.0.2", "global", "up", "10:00", "Established"),
        NodeStatusCommand.row(session(Origin.GLOBAL, "10.0.0.2", 0, "Established", "")));
    assertEquals(
        List.of("fd00::2 port 179", "node specific", "start", "10:00", "Idle Bad peer AS"),
        NodeStatusCommand.row(session(Origin.NODE, "fd00::2", 179, "Idle", "Bad peer AS")));
    assertEquals(
        List.of("fd00::2", "node-to-node mesh", "down", "10:00", "Down no password"),
        NodeStatusCommand.row(session(Origin.MESH, "fd00::2", 0, "Down", "no password")));
  }

  private static BgpSession session(
      Origin origin, String address, int port, String state, String reason) {
    return new BgpSession(origin, address, port, state, "10:00", reason);
  }

  @Test
  void checkSystemNamesWhatIsMissing() throws IOException {
    Console c = run("node", "checksystem");
    assertTrue(c.out().contains("nf_tables"), c.out());
    assertTrue(c.out().contains("meet"), c.out());
    Path config =
        Files.writeString(directory.resolve("config"), "#\nCONFIG_NF_TABLES=y\nCONFIG_VETH=m\n");
    c = run("node", "checksystem", "-f", config.toString());
    assertTrue(c.out().matches("(?s).*  nf_tables +OK\n.*  veth +OK\n.*"), c.out());
    assertTrue(CheckSystemCommand.recent("5.10.0-1-amd64"));
    assertTrue(CheckSystemCommand.recent("6.1.0"));
    assertFalse(CheckSystemCommand.recent("4.19.0"));
    assertFalse(CheckSystemCommand.recent("x"));
  }

  @Test
  void diagsAreAnArchive() throws Exception {
    Files.writeString(directory.resolve("felix.log"), "hello\n");
    Console c = run("node", "diags", "--log-dir", directory.toString());
    assertEquals(0, c.status(), c.err());
    Path archive = Path.of(c.out().replaceAll("(?s).*Diags saved to (.*)\n", "$1"));
    Process tar = new ProcessBuilder("tar", "-tzf", archive.toString()).start();
    String names = new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(names.contains("diagnostics/logs/felix.log\n"), names);
    assertTrue(names.contains("diagnostics/ipv4_route\n"), names);
  }

  @Test
  void runAsItWouldBe() {
    Console c =
        EtcdCluster.run(
            Map.of("ETCD_ENDPOINTS", "http://10.0.0.9:2379"),
            "",
            "node",
            "run",
            "--ip=10.0.0.1/24",
            "--name=it's me",
            "--dryrun");
    assertEquals(
        "ETCD_ENDPOINTS=http://10.0.0.9:2379 NODENAME='it'\\''s me' IP=10.0.0.1/24 calico node\n",
        c.out());
  }

  private static Console run(String... args) {
    return EtcdCluster.run(Map.of("PATH", "/usr/bin:/usr/sbin"), "", args);
  }
}
