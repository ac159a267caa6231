package calico.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.node.NodeProbe.Question;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeProbeTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration THRESHOLD = Duration.ofSeconds(5);
  private static final String UP = "1002-%s BGP --- up 00:00:00.000 Established\n";
  private static final String DOWN =
      "1002-%s BGP --- start 00:00:00.000 Active        Socket: Connection refused\n";

  @TempDir Path root;
  private HttpServer felix;
  private ServerSocketChannel bird;
  private volatile String sessions = "";
  private volatile String state = "Daemon is up and running";

  @BeforeEach
  void start() throws IOException {
    felix = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    answer("/liveness", 200, "");
    answer("/readiness", 503, "calculation: waits for the datastore");
    felix.start();
    Path nodename = new NodePaths(root).nodenameFile();
    Files.createDirectories(nodename.getParent());
    Files.writeString(nodename, "n1");
    Files.setLastModifiedTime(nodename, FileTime.from(START));
    Path socket = new NodePaths(root).birdSocket();
    Files.createDirectories(socket.getParent());
    bird = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    bird.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(this::serveBird);
  }

  @AfterEach
  void stop() throws IOException {
    felix.stop(0);
    bird.close();
  }

  private void answer(String path, int status, String body) {
    felix.createContext(
        path,
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  private void serveBird() {
    try {
      while (true) {
        try (SocketChannel connection = bird.accept()) {
          write(connection, "0001 BIRD 2.0 ready.\n");
          ByteBuffer command = ByteBuffer.allocate(100);
          connection.read(command);
          String text = new String(command.array(), 0, command.position(), StandardCharsets.UTF_8);
          write(
              connection,
              text.equals("show status\n")
                  ? "1000-BIRD 2.0\n0013 " + state + "\n"
                  : "2002-Name Proto Table State Since Info\n" + sessions + "0000 \n");
        }
      }
    } catch (IOException _) {
      // closed: the end of the test
    }
  }

  private static void write(SocketChannel to, String text) throws IOException {
    to.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private List<String> ask(Duration afterStart, Question... questions) {
    Map<String, String> environment =
        Map.of(
            "FELIX_HEALTHHOST",
            "127.0.0.1",
            "FELIX_HEALTHPORT",
            Integer.toString(felix.getAddress().getPort()));
    Clock clock = Clock.fixed(START.plus(afterStart), ZoneOffset.UTC);
    return new NodeProbe(new NodePaths(root), environment, clock, THRESHOLD)
        .ask(List.of(questions));
  }

  private List<String> birdReady(int secondsAfterStart) {
    return ask(Duration.ofSeconds(secondsAfterStart), Question.BIRD_READY);
  }

  @Test
  void felixIsAskedAtItsEndpoint() {
    assertEquals(List.of(), ask(Duration.ZERO, Question.FELIX_LIVE));
    assertEquals(
        List.of(
            "calico/node is not ready: Felix is not ready: readiness probe reporting 503\n"
                + "calculation: waits for the datastore"),
        ask(Duration.ZERO, Question.FELIX_LIVE, Question.FELIX_READY));
    felix.stop(0);
    String silent = ask(Duration.ZERO, Question.FELIX_LIVE).getFirst();
    assertTrue(silent.contains("healthEnabled"), silent);
  }

  @Test
  void birdIsLiveWhenItAnswers() throws IOException {
    assertEquals(List.of(), ask(Duration.ZERO, Question.BIRD_LIVE, Question.BIRD6_LIVE));
    bird.close();
    Files.delete(new NodePaths(root).birdSocket());
    String silent = ask(Duration.ZERO, Question.BIRD_LIVE).getFirst();
    assertTrue(silent.startsWith("calico/node is not ready: BIRD is not live: "), silent);
  }

  @Test
  void birdNeedsAllSessionsAtFirstAndOneLater() {
    assertEquals(List.of(), birdReady(1), "without peers");
    sessions = UP.formatted("Mesh_127_0_0_2") + DOWN.formatted("Mesh_127_0_0_3");
    assertEquals(
        List.of(
            "calico/node is not ready: BIRD is not ready: BGP not established with 127.0.0.3\n"
                + "127.0.0.3: Active Socket: Connection refused, over lo from 127.0.0.1"),
        birdReady(1));
    assertEquals(List.of(), birdReady(6));
    sessions = DOWN.formatted("Mesh_127_0_0_2") + DOWN.formatted("Mesh_127_0_0_3");
    assertEquals(
        List.of(
            "calico/node is not ready: BIRD is not ready: BGP not established with"
                + " 127.0.0.2,127.0.0.3\n"
                + "127.0.0.2: Active Socket: Connection refused, over lo from 127.0.0.1\n"
                + "127.0.0.3: Active Socket: Connection refused, over lo from 127.0.0.1"),
        birdReady(6));
    sessions = UP.formatted("Mesh_127_0_0_2");
    assertEquals(List.of(), birdReady(1));
    state = "Graceful restart in progress";
    assertEquals(
        List.of("calico/node is not ready: BIRD is not ready: graceful restart in progress"),
        birdReady(1));
    assertEquals(List.of(), birdReady(6));
  }

  @Test
  void whatConfdHasToSayIsPassedOn() throws IOException {
    Path problems = new NodePaths(root).confdProblems();
    Files.writeString(problems, "refused: BGPPeer(far): spec.peerIP: required\n");
    sessions = UP.formatted("Mesh_127_0_0_2");
    assertEquals(List.of(), birdReady(1));
    sessions = DOWN.formatted("Mesh_127_0_0_2");
    assertEquals(
        List.of(
            """
            calico/node is not ready: BIRD is not ready: BGP not established with 127.0.0.2
            127.0.0.2: Active Socket: Connection refused, over lo from 127.0.0.1
            refused: BGPPeer(far): spec.peerIP: required\
            """),
        birdReady(6));
    sessions = UP.formatted("Mesh_127_0_0_2");
    Files.writeString(problems, "error: BIRD does not load\n");
    assertEquals(
        List.of("calico/node is not ready: BIRD is not ready: confd: BIRD does not load"),
        birdReady(6));
  }

  @Test
  void eachFamilyIsAskedForItsOwnSessions() {
    sessions =
        UP.formatted("Mesh_127_0_0_2")
            + "1006-  BGP state:          Established\n    Neighbor address: 127.0.0.2\n"
            + DOWN.formatted("Mesh_fd00__2")
            + "1006-  BGP state:          Active\n    Neighbor address: fd00::2\n";
    assertEquals(List.of(), birdReady(1));
    assertEquals(
        1,
        ask(Duration.ofSeconds(1), Question.BIRD6_READY).stream()
            .filter(
                answer ->
                    answer.startsWith(
                        "calico/node is not ready: BIRD6 is not ready: BGP not established with"
                            + " fd00::2\nfd00::2: Active Socket: Connection refused, "))
            .count());
  }
}
