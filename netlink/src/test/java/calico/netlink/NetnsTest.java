package calico.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NetnsTest {
  private static final Path FORWARD = Path.of("/proc/sys/net/ipv4/conf/lo/forwarding");

  @Test
  void whatRunsInsideSeesTheNamespaceAndTheCallerDoesNot() throws IOException {
    Path own = Path.of("/proc/thread-self/ns/net");
    Path before = Files.readSymbolicLink(own);
    try (TestNetns ns = new TestNetns()) {
      Path inside = ns.netns().call(() -> Files.readSymbolicLink(own));
      assertNotEquals(before, inside);
      assertEquals(before, Files.readSymbolicLink(own));
    }
  }

  @Test
  void sysctlsBelongToTheNamespace() throws IOException {
    String outside = Files.readString(FORWARD).strip();
    String other = outside.equals("0") ? "1" : "0";
    try (TestNetns ns = new TestNetns()) {
      ns.netns().call(() -> Files.writeString(FORWARD, other));
      assertEquals(other, ns.netns().call(() -> Files.readString(FORWARD)).strip());
      assertEquals(outside, Files.readString(FORWARD).strip());
    }
  }

  @Test
  void ipNetnsSeesTheName() {
    try (TestNetns ns = new TestNetns();
        TestNetns other = new TestNetns()) {
      String list = ns.run("ip", "netns", "list");
      assertTrue(list.contains(ns.name()), list);
      assertTrue(list.contains(other.name()), list);
      assertTrue(ns.run("ip", "netns", "exec", ns.name(), "true").isEmpty());
    }
  }

  @Test
  void deletionRemovesTheName() {
    TestNetns ns = new TestNetns();
    ns.close();
    assertFalse(Files.exists(Netns.DIRECTORY.resolve(ns.name())));
    var missing = assertThrows(NetlinkException.class, () -> Netns.named(ns.name()));
    assertEquals(Errno.ENOENT, missing.errno());
  }

  @Test
  void aTakenNameIsRefusedAndKept() {
    try (TestNetns ns = new TestNetns()) {
      var taken = assertThrows(NetlinkException.class, () -> Netns.create(ns.name()));
      assertEquals(Errno.EEXIST, taken.errno());
      Netns.named(ns.name()).close();
    }
  }

  @Test
  void exceptionsOfTheActionReachTheCaller() {
    try (Netns here = Netns.current()) {
      var thrown =
          assertThrows(
              IOException.class,
              () ->
                  here.call(
                      () -> {
                        throw new IOException("as it was");
                      }));
      assertEquals("as it was", thrown.getMessage());
    }
  }
}
