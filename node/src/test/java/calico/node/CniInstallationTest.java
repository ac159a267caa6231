package calico.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is installed for container runtimes, kept as it should be, and removed again. */
class CniInstallationTest {
  @TempDir Path temp;
  private Path root;
  private Path executables;

  @BeforeEach
  void makeExecutables() throws IOException {
    root = Files.createDirectories(temp.resolve("root"));
    executables = Files.createDirectories(temp.resolve("dist/cni"));
    for (String name : List.of("calico", "calico-ipam")) {
      executable(executables.resolve(name), "\177ELF of " + name);
    }
  }

  private static void executable(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void install(String... environment) throws IOException {
    Map<String, String> map = new HashMap<>(Map.of("NODENAME", "n1"));
    for (String variable : environment) {
      int equals = variable.indexOf('=');
      map.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    NodeSettings settings = NodeSettings.from(map, "", "host");
    try (CniInstallation installation =
        new CniInstallation(settings, new NodePaths(root), executables)) {
      installation.install();
    }
  }

  private String content(String file) throws IOException {
    return Files.readString(root.resolve(file));
  }

  @Test
  void executablesAndConfigurationAreKeptAsTheyShouldBe() throws Exception {
    for (int i = 0; i < 2; i++) {
      install();
      assertEquals("\177ELF of calico", content("opt/cni/bin/calico"));
      assertTrue(Files.isExecutable(root.resolve("opt/cni/bin/calico-ipam")));
      Path conf = root.resolve("etc/cni/net.d/10-calico.conflist");
      assertEquals(
          """
          {"name": "k8s-pod-network", "cniVersion": "1.0.0", "plugins": [
              {"type": "calico", "ipam": {"type": "calico-ipam"}}]}
          """,
          content("etc/cni/net.d/10-calico.conflist"));
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(conf)));
      Files.writeString(conf, "{}");
      Files.delete(root.resolve("opt/cni/bin/calico"));
      Files.writeString(root.resolve("opt/cni/bin/calico-ipam"), "another");
    }
  }

  @Test
  void whatIsRightIsNotTouched() throws Exception {
    install();
    Path conf = root.resolve("etc/cni/net.d/10-calico.conflist");
    Object file = Files.readAttributes(conf, "unix:ino").get("ino");
    Object executable =
        Files.readAttributes(root.resolve("opt/cni/bin/calico"), "unix:ino").get("ino");
    install();
    assertEquals(file, Files.readAttributes(conf, "unix:ino").get("ino"));
    assertEquals(
        executable,
        Files.readAttributes(root.resolve("opt/cni/bin/calico"), "unix:ino").get("ino"));
  }

  @Test
  void pluginsThatTheMachineHasFollowOurs() throws Exception {
    executable(root.resolve("opt/cni/bin/portmap"), "portmap");
    install();
    String conf = content("etc/cni/net.d/10-calico.conflist");
    assertTrue(conf.contains("portmap") && !conf.contains("bandwidth"), conf);
  }

  @Test
  void aScriptIsLinkedTo() throws Exception {
    executable(executables.resolve("calico"), "#!/bin/sh\n");
    install();
    assertEquals(
        executables.resolve("calico"), Files.readSymbolicLink(root.resolve("opt/cni/bin/calico")));
    executable(executables.resolve("calico"), "native now");
    install();
    assertFalse(Files.isSymbolicLink(root.resolve("opt/cni/bin/calico")));
  }

  @Test
  void whereTheProgramDoesNotRunJavaIsUsed() throws Exception {
    Files.copy(
        Path.of("/bin/true"),
        executables.resolve("calico-ipam"),
        StandardCopyOption.REPLACE_EXISTING);
    for (String name : List.of("calico", "calico-ipam")) {
      executable(executables.resolve("java").resolve(name), "#!/bin/sh\n");
    }
    install();
    assertEquals(
        executables.resolve("java/calico"),
        Files.readSymbolicLink(root.resolve("opt/cni/bin/calico")));
    assertFalse(Files.isSymbolicLink(root.resolve("opt/cni/bin/calico-ipam")));
  }

  @Test
  void upstreamsVariablesCount() throws Exception {
    Files.createDirectories(root.resolve("host/opt/cni/bin"));
    executable(root.resolve("host/opt/cni/bin/calico-ipam"), "older");
    Files.createDirectories(root.resolve("etc/cni/net.d"));
    Files.writeString(root.resolve("etc/cni/net.d/10-old.conf"), "{}");
    install(
        "CNI_CONF_NAME=05-mine.conflist",
        "CNI_OLD_CONF_NAME=10-old.conf",
        "UPDATE_CNI_BINARIES=false",
        "CNI_MTU=1400",
        "CNI_NETWORK_CONFIG={\"node\":\"__KUBERNETES_NODE_NAME__\",\"mtu\":__CNI_MTU__}");
    assertEquals("{\"node\":\"n1\",\"mtu\":1400}", content("etc/cni/net.d/05-mine.conflist"));
    assertFalse(Files.exists(root.resolve("etc/cni/net.d/10-old.conf")));
    assertEquals("\177ELF of calico", content("host/opt/cni/bin/calico"));
    assertEquals("older", content("host/opt/cni/bin/calico-ipam"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"name\":", "{\"mtu\":__CNI_SIZE__}"})
  void aWrongConfigurationIsNamed(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> install("CNI_NETWORK_CONFIG=" + text));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("CNI_NETWORK_CONFIG") || message.contains("__CNI_SIZE__"), message);
    assertFalse(Files.exists(root.resolve("etc/cni/net.d/10-calico.conflist")));
  }

  @Test
  void nothingIsInstalledBesideAForeignNetwork() {
    assertTrue(CniInstallation.isWanted(NodeSettings.from(Map.of(), "", "h")));
    for (Map<String, String> environment :
        List.of(
            Map.of("CALICO_NETWORKING_BACKEND", "none"), Map.of("CALICO_MANAGE_CNI", "false"))) {
      assertFalse(CniInstallation.isWanted(NodeSettings.from(environment, "", "h")));
    }
  }

  @Test
  void theFootprintRemovesItAll() throws Exception {
    Path others = Files.createDirectories(root.resolve("etc/cni/net.d")).resolve("99-other.conf");
    Files.writeString(others, "{}");
    Footprint footprint = new Footprint(new NodePaths(root));
    List<Path> directories = List.of(root.resolve("opt/cni/bin"), others.getParent());
    footprint.remember(directories.stream());
    String forwarding = Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward"));
    assertTrue(
        Files.readAllLines(footprint.file())
            .contains("sysctl ipv4/ip_forward " + forwarding.strip()));
    install();
    footprint.remember(Stream.of()); // a second start changes nothing
    footprint.restore();
    try (Stream<Path> left = Files.walk(root)) {
      assertEquals(List.of(others), left.filter(Files::isRegularFile).toList());
    }
    assertFalse(Files.exists(root.resolve("opt")));
  }
}
