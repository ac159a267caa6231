package calico.confd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** States and their configurations, each of which the real FRR accepts. */
class FrrConfigTest {
  private static final Path RESOURCES = Path.of("src/test/resources/calico/confd/frr");

  @TempDir Path directory;

  private static String render(BgpState state) {
    return FrrConfig.of(state, new ConfdConfig("n1")).text();
  }

  private void check(String text) throws Exception {
    FrrInstalled.require();
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    try (Frr frr = new Frr(FrrPaths.in(directory))) {
      new ConfigFile(frr).stage(text);
    }
  }

  @ParameterizedTest
  @MethodSource("calico.confd.BgpStates#all")
  void rendersAndIsValid(Map.Entry<String, BgpState> state) throws Exception {
    String text = render(state.getValue());
    Path golden = RESOURCES.resolve(state.getKey() + ".conf");
    if (Boolean.getBoolean("golden.write")) {
      Files.createDirectories(RESOURCES);
      Files.writeString(golden, text);
    }
    assertEquals(Files.readString(golden), text);
    check(text);
  }

  @Test
  void whatIsWrongBeyondGrammarIsRefused() throws Exception {
    String text = render(BgpStates.mesh().build());
    String wrong =
        text.replace(
            " neighbor 10.0.0.2 timers connect 2\n", " neighbor 10.0.0.2 local-as 64513\n");
    BgpDaemonException.Refused e =
        assertThrows(BgpDaemonException.Refused.class, () -> check(wrong));
    assertEquals(
        "FRR finds the new configuration invalid: % Local-AS allowed only for EBGP peers",
        e.getMessage());
    assertThrows(BgpDaemonException.Refused.class, () -> check(text + "nonsense\n"));
  }

  @Test
  void aNewBlockChangesWhatIsOriginatedAndNoSession() {
    String before = render(BgpStates.mesh().build());
    BgpState.Builder changed = BgpStates.mesh();
    changed.update(Resources.block("n1", "10.65.7.0/26"), Resources.CONFIRMED);
    String difference = FrrDifference.between(before, render(changed.build()));
    assertTrue(difference.contains("\nip route 10.65.7.0/26 blackhole\n"), difference);
    assertTrue(difference.contains("\nnetwork 10.65.7.0/26 route-map originated-"), difference);
    assertFalse(difference.contains("neighbor"), difference);
    assertTrue(difference.contains("\nno route-map from-kernel4-"), difference);
  }

  @Test
  void twoSessionsWithOneAddressAreOneSessionAndAFault() {
    BgpState state =
        BgpStates.mesh()
            .put(Resources.peerTo("a", null, "10.0.0.77:1790", 64700L))
            .put(Resources.peerTo("b", null, "10.0.0.77:1791", 64700L))
            .put(
                Resources.resource(
                    "BGPPeer", "c", "{peerIP: 10.0.0.78, asNumber: 64999, localASNumber: 64999}"))
            .put(Resources.peerTo("d", null, "fe80::7", 64700L))
            .build();
    BgpConfig config = FrrConfig.of(state, new ConfdConfig("n1"));
    List<String> faults = config.faults().stream().map(Fault::toString).toList();
    assertEquals(
        List.of(
            "BGPPeer(b): spec.peerIP = '10.0.0.77': FRR has one session with an address, that of"
                + " BGPPeer(a)",
            "BGPPeer(c): spec.localASNumber = '10.0.0.78': is the peer's AS number; FRR has such"
                + " sessions only if it is the node's own",
            "BGPPeer(d): spec.peerIP = 'fe80::7': FRR needs the interface of a link-local address"),
        faults);
    assertTrue(config.text().contains(" neighbor 10.0.0.77 port 1790\n"), config.text());
    assertFalse(config.text().contains(" port 1791"), config.text());
  }
}
