package calico.confd;

import static calico.confd.Resources.resource;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class UserFilesTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path directory;

  private final BlockingQueue<List<String>> rounds = new LinkedBlockingQueue<>();

  private void describe(String name, String text) throws Exception {
    Files.writeString(directory.resolve(name), text.replace("DIR", directory.toString()));
  }

  private List<String> make(String... facts) throws Exception {
    try (UserFiles files = new UserFiles(directory, rounds::add)) {
      List<String> last = List.of();
      for (String some : facts) {
        files.make(some);
        last = rounds.poll(SOON.toMillis(), TimeUnit.MILLISECONDS);
      }
      return last;
    }
  }

  @Test
  void aFileIsMadeCheckedPutInPlaceAndLoaded() throws Exception {
    describe(
        "my.yaml",
        """
        render_cmd: sed s/^/made-from/
        dest: DIR/my.conf
        mode: "0640"
        check_cmd: grep -q made {{.src}} && echo checked >> DIR/did
        reload_cmd: echo reloaded >> DIR/did
        """);
    assertEquals(List.of(), make("-a\n", "-a\n", "-b\n"));
    Path file = directory.resolve("my.conf");
    assertEquals("made-from-b\n", Files.readString(file));
    assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(
        "checked\nreloaded\nchecked\nreloaded\n",
        Files.readString(directory.resolve("did")),
        "the same text was loaded twice");
  }

  @Test
  void whatIsRefusedStaysOutAndIsNamedAndOthersAreMade() throws Exception {
    Files.writeString(directory.resolve("old.conf"), "old");
    describe(
        "a.yaml",
        "{render_cmd: cat, dest: DIR/old.conf, check_cmd: 'echo line 7 is wrong >&2; false'}");
    describe("b.yaml", "{render_cmd: 'exit 3', dest: DIR/none.conf}");
    describe("c.yaml", "{render_cmd: cat, dest: DIR/c.conf, colour: red}");
    describe("d.yaml", "{render_cmd: cat, dest: d.conf}");
    describe("e.yaml", "{render_cmd: cat, dest: DIR/e.conf}");
    describe("f.conf", "not a description");
    List<String> problems = make("new");
    assertEquals("old", Files.readString(directory.resolve("old.conf")));
    assertEquals("new", Files.readString(directory.resolve("e.conf")));
    assertFalse(Files.exists(directory.resolve("c.conf")));
    assertEquals(4, problems.size(), problems.toString());
    assertTrue(
        problems.get(0).endsWith("a.yaml: check_cmd ended with status 1: line 7 is wrong"),
        problems.toString());
    assertTrue(problems.get(1).contains("b.yaml: render_cmd ended with status 3"));
    assertTrue(problems.get(2).contains("c.yaml: colour: unknown field"));
    assertTrue(problems.get(3).contains("d.yaml: dest = 'd.conf': expected an absolute path"));
  }

  @Test
  void whereNobodyWantsAnyNothingHappens() throws Exception {
    try (UserFiles files = new UserFiles(directory.resolve("absent"), rounds::add)) {
      files.make("");
      assertEquals(List.of(), rounds.poll(SOON.toMillis(), TimeUnit.MILLISECONDS));
    }
  }

  @Test
  void aModeIsOctal() throws Exception {
    assertEquals(0644, UserFile.parse("{render_cmd: x, dest: /x, mode: '0644'}").mode());
    assertEquals(0600, UserFile.parse("{render_cmd: x, dest: /x}").mode());
    for (String wrong : List.of("mode: rw", "mode: 9999", "dest: x", "{", "render_cmd: ' '")) {
      assertThrows(UserFile.Unusable.class, () -> UserFile.parse(wrong));
    }
  }

  @Test
  void factsSayWhatTheNodesBgpIs() {
    String tunnels = "{bgp: {ipv4Address: 10.0.0.1/24}, ipv4VXLANTunnelAddr: 10.66.0.1}";
    BgpState state = BgpStates.mesh().put(resource("Node", "n1", tunnels)).build();
    String json = new BgpFacts(NodeBgp.of(state, new ConfdConfig("n1"))).json();
    assertTrue(json.contains("\"ipv4\": \"10.0.0.1\""), json);
    assertTrue(json.contains("\"asNumber\": 64512"), json);
    assertTrue(json.contains("\"vxlan\": \"10.66.0.1\""), json);
    assertFalse(json.contains("\"ipip\":"), json);
    assertTrue(json.contains("\"vxlanMode\": \"Always\""), json);
    assertTrue(json.contains("\"name\": \"Mesh_10_0_0_10\""), json);
    assertTrue(json.contains("\"10.65.0.64/26\""), json);
    assertTrue(json.contains("\"cidr\": \"10.66.0.0/16\""), json);
  }
}
