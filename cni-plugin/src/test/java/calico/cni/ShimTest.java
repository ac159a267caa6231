package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The executables in C, as a container runtime calls them. */
class ShimTest extends OnHost {
  private static final String CONF =
      "{\"cniVersion\":\"0.4.0\",\"name\":\"net1\",\"ipam\":{\"type\":\"calico-ipam\"}}";

  @BeforeEach
  void build() throws Exception {
    Process p =
        new ProcessBuilder("./build-shim.sh", directory.resolve("bin").toString())
            .inheritIO()
            .start();
    int status = p.waitFor();
    assumeTrue(status != 3, "no C compiler on this machine");
    assertEquals(0, status);
  }

  private CniExchange.Answer run(String program, Map<String, String> variables, String stdin)
      throws IOException, InterruptedException {
    ProcessBuilder b = new ProcessBuilder(directory.resolve("bin/" + program).toString());
    b.environment().clear();
    b.environment().putAll(variables);
    Process p = b.start();
    try (OutputStream in = p.getOutputStream()) {
      in.write(stdin.getBytes(StandardCharsets.UTF_8));
    }
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new CniExchange.Answer(p.waitFor(), out);
  }

  @Test
  void answersAsTheJavaClientDoes() throws Exception {
    String c = host.container();
    CniExchange.Answer added = run("calico", host.variables("ADD", c, ""), CONF);
    assertEquals(0, added.status(), added::stdout);
    assertEquals(added, CniClient.call("calico", host.variables("ADD", c, ""), CONF));
    assertEquals(new CniExchange.Answer(0, ""), run("calico", host.variables("DEL", c, ""), CONF));
    assertFalse(host.hasEndpoint(c));
    CniExchange.Answer bad = run("calico", host.variables("ADD", c, "x"), CONF);
    assertEquals(1, bad.status());
    assertEquals(4L, Host.tree(bad).get("code"));
  }

  @Test
  void isNamedByItsFile() throws Exception {
    String c = host.container();
    CniExchange.Answer added = run("calico-ipam", host.variables("ADD", c, ""), CONF);
    assertEquals(0, added.status(), added::stdout);
    assertFalse(added.stdout().contains("interfaces"), added::stdout);
  }

  @Test
  void passesALongConfigurationOn() throws Exception {
    String c = host.container();
    String padded = CONF.replace("}}", "},\"padding\":\"" + "x".repeat(300_000) + "\"}");
    assertEquals(0, run("calico", host.variables("ADD", c, ""), padded).status());
  }

  @Test
  void tellsWhatIsMissingWithoutTheDaemon() throws Exception {
    Map<String, String> variables = host.variables("ADD", "x", "");
    variables.remove("CALICO_CNI_SOCKET");
    variables.put("CALICO_ROOT", directory + "/no\"where");
    CniExchange.Answer answer = run("calico", variables, CONF);
    assertEquals(1, answer.status());
    Map<?, ?> tree = Host.tree(answer);
    assertEquals(11L, tree.get("code"));
    assertEquals("0.4.0", tree.get("cniVersion"));
    assertTrue(String.valueOf(tree.get("msg")).contains("no\"where/run/calico/cni.sock"));
    assertEquals(tree.get("msg"), Host.tree(CniClient.call("calico", variables, CONF)).get("msg"));
  }

  @Test
  void tellsItsVersionsWithoutTheDaemon() throws Exception {
    Files.delete(host.socket);
    CniExchange.Answer answer = run("calico", Map.of("CNI_COMMAND", "VERSION"), "");
    assertEquals(0, answer.status());
    assertEquals(CniVersions.SUPPORTED, Host.tree(answer).get("supportedVersions"));
  }
}
