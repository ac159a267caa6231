package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a shell offers for an unfinished command line. */
class CompletionTest {
  private final MemoryDatastore datastore = new MemoryDatastore();

  @BeforeEach
  void fill() {
    Console c =
        Console.runWithInput(
            datastore,
            """
            {apiVersion: projectcalico.org/v3, kind: NetworkSet,
             metadata: {name: web, namespace: shop}, spec: {}}
            ---
            {apiVersion: projectcalico.org/v3, kind: NetworkSet,
             metadata: {name: office, namespace: default}, spec: {}}
            ---
            {apiVersion: projectcalico.org/v3, kind: Profile, metadata: {name: kns.store}, spec: {}}
            """,
            "apply",
            "-f",
            "-");
    assertEquals(0, c.status(), c.err());
  }

  @AfterEach
  void close() {
    datastore.close();
  }

  @Test
  void verbsOptionsAndKinds() {
    assertEquals(List.of("get"), complete("ge"));
    assertEquals(List.of("show", "split"), complete("ipam", "s"));
    assertEquals(List.of("--watch", "--watch-only"), complete("get", "--wa"));
    assertEquals(List.of("ipp", "ippool", "ippools"), complete("get", "ipp"));
    assertEquals(List.of("yaml"), complete("get", "nodes", "-o", "y"));
    assertEquals(List.of("--output=yaml"), complete("get", "nodes", "--output=y"));
    assertEquals(List.of("warn"), complete("-l", "w"));
    assertEquals(List.of("bash"), complete("completion", "b"));
    assertEquals(List.of("felixconfig"), complete("explain", "felixconfig").subList(0, 1));
    assertEquals(List.of("--dry-run"), complete("apply", "-f", "x", "--dry"));
    assertEquals(List.of(), complete("fly", ""));
    assertEquals(List.of(), complete("get", "--colour", ""));
  }

  @Test
  void namesAndNamespaces() {
    assertEquals(List.of("office"), complete("get", "networksets", ""));
    assertEquals(List.of("web"), complete("get", "-n", "shop", "netsets", ""));
    assertEquals(List.of("web"), complete("get", "netsets", "--namespace=shop", "w"));
    assertEquals(List.of("shop", "store"), complete("get", "netsets", "-n", "s"));
    assertEquals(List.of("kns.store"), complete("label", "profile", "kns"));
    assertEquals(List.of(), complete("get", "widgets", ""));
  }

  @Test
  void isSilentWithoutADatastore() {
    datastore.setUnavailable(true);
    Console c = Console.run(datastore, "__complete", "get", "netsets", "");
    assertEquals(new Console(0, "", ""), c);
  }

  @Test
  void bashOffersThem(@TempDir Path directory) throws IOException, InterruptedException {
    Path script = directory.resolve("completion.bash");
    Files.writeString(script, Console.run(datastore, "completion", "bash").out());
    Path fake = directory.resolve("calicoctl");
    Files.writeString(fake, "#!/bin/sh\nprintf '%s\\n' \"$*\" --for=create --for=delete\n");
    assertTrue(fake.toFile().setExecutable(true));
    Process bash =
        new ProcessBuilder(
                "bash",
                "-c",
                """
                source "$1"; COMP_WORDS=("$2"); COMP_LINE='calicoctl wait ippool p --for='
                COMP_POINT=${#COMP_LINE}; _calicoctl; printf '%s\\n' "${COMPREPLY[@]}"
                """,
                "bash",
                script.toString(),
                fake.toString())
            .redirectErrorStream(true)
            .start();
    assertEquals(
        "__complete wait ippool p --for=\ncreate\ndelete\n",
        new String(bash.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
    assertEquals(0, bash.waitFor());
  }

  @Test
  void thereIsAScriptForEachShell() {
    for (String shell : List.of("bash", "zsh", "fish")) {
      assertTrue(Console.run(datastore, "completion", shell).out().contains("__complete"), shell);
    }
    assertEquals(1, Console.run(datastore, "completion", "csh").status());
  }

  private List<String> complete(String... words) {
    String[] args = Stream.concat(Stream.of("__complete"), Stream.of(words)).toArray(String[]::new);
    return Console.run(datastore, args).out().lines().toList();
  }
}
