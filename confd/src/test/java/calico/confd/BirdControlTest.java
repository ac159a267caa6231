package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Family;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BirdControlTest {
  @TempDir Path directory;

  /** What a daemon on the socket says to the first command, after which it keeps silent. */
  private BirdControl saying(String reply, Duration timeout) throws Exception {
    Path socket = directory.resolve("bird.ctl");
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual()
        .start(
            () -> {
              try (server;
                  SocketChannel client = server.accept()) {
                client.write(bytes("0001 BIRD 2.0.12 ready.\n"));
                client.read(ByteBuffer.allocate(100));
                client.write(bytes(reply));
                client.read(ByteBuffer.allocate(1)); // until the client goes
              } catch (IOException _) {
                // The client has gone: its test is over.
              }
            });
    return new BirdControl(socket, timeout);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void readsProtocols() throws Exception {
    String reply =
        """
        2002-Name       Proto      Table      State  Since         Info
        1002-device1    Device     ---        up     2026-01-01 10:00:00  \n\
        1006-
        1002-kernel4    Kernel     master4    up     10:00:01.123  \n\
        1006-  Channel ipv4
             State:          UP
             Table:          master4
        1006-
        +log message in between
        1002-Mesh_10_0_0_2 BGP        ---        start  2026-01-01 10:00:02  Active        Socket: Connection refused
        1006-  BGP state:          Active
             Neighbor address: 10.0.0.2
        1006-
        0000 \n\
        """;
    List<BirdProtocol> protocols = saying(reply, SOON).protocols();
    assertEquals(
        List.of("device1", "kernel4", "Mesh_10_0_0_2"),
        protocols.stream().map(BirdProtocol::name).toList());
    assertEquals("2026-01-01 10:00:00", protocols.getFirst().since());
    assertEquals("10:00:01.123", protocols.get(1).since());
    assertEquals("UP", protocols.get(1).details().get("State"));
    BirdProtocol bgp = protocols.getLast();
    assertEquals("start", bgp.state());
    assertEquals("2026-01-01 10:00:02", bgp.since());
    assertEquals("Active        Socket: Connection refused", bgp.info());
    assertEquals("10.0.0.2", bgp.details().get("Neighbor address"));
    BgpSession session = bgp.session().orElseThrow();
    assertEquals(
        new BgpSession(
            BgpSession.Origin.MESH,
            "10.0.0.2",
            0,
            "Active",
            "2026-01-01 10:00:02",
            "Socket: Connection refused"),
        session);
    assertFalse(session.isEstablished());
  }

  private static BirdProtocol bgp(String name, String info) {
    return new BirdProtocol(name, "BGP", "up", "10:00", info, Map.of());
  }

  @Test
  void sessionsAreThoseThatConfdNamed() {
    BgpSession up = bgp("Node_fd00__2_port_1790", "Established").session().orElseThrow();
    assertEquals("fd00::2 port 1790", up.peer());
    assertEquals(Family.IPV6, up.family());
    assertTrue(up.isEstablished());
    assertEquals("", up.reason());
    assertTrue(bgp("mine", "Established").session().isEmpty());
    BgpSession held = bgp("Global_10_0_0_2", "").session().orElseThrow();
    assertEquals("Down: held down by the configuration", held.state() + ": " + held.reason());
    BgpSession waiting = bgp("Mesh_10_0_0_2", "Passive").session().orElseThrow();
    assertEquals(
        "Active: waits for the peer to connect", waiting.state() + ": " + waiting.reason());
  }

  @Test
  void readsStatus() throws Exception {
    String reply =
        """
        1000-BIRD 2.0.12
        1011-Router ID is 10.0.0.1
         Hostname is n1
         Current server time is 2026-01-01 10:00:09
         Last reboot on 2026-01-01 10:00:00
         Last reconfiguration on 2026-01-01 10:00:05
        0013 Daemon is up and running
        """;
    assertEquals(
        new DaemonStatus(
            "BIRD 2.0.12", "10.0.0.1", "2026-01-01 10:00:00", "2026-01-01 10:00:05", false),
        saying(reply, SOON).status());
  }

  @Test
  void anErrorNamesTheCommandAndBirdsWords() throws Exception {
    BirdControl control = saying("0002-Reading\n8002 bird.conf:1:2 syntax error\n", SOON);
    BgpDaemonException e = assertThrows(BgpDaemonException.Refused.class, control::configure);
    assertEquals("BIRD refused 'configure': bird.conf:1:2 syntax error (8002)", e.getMessage());
  }

  @Test
  void silenceIsNotWaitedForLongerThanTheTimeout() throws Exception {
    BirdControl control = saying("0002-Reading\n", Duration.ofMillis(50));
    BgpDaemonException e = assertThrows(BgpDaemonException.Unavailable.class, control::configure);
    assertTrue(e.toString().contains("timed out"), e.toString());
  }

  @Test
  void aDaemonThatEndsIsUnavailable() throws Exception {
    BirdControl control = saying("0006 Reconfiguration ignored, shutting down\n", SOON);
    assertThrows(BgpDaemonException.Unavailable.class, control::configure);
  }

  @Test
  void noSocketIsUnavailable() {
    BirdControl control = new BirdControl(directory.resolve("none"), Duration.ofSeconds(1));
    BgpDaemonException e = assertThrows(BgpDaemonException.Unavailable.class, control::status);
    assertTrue(e.toString().contains("is it running?"), e.toString());
  }
}
