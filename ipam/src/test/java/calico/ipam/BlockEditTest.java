package calico.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Cidr;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.AllocationBlock.Attribute;
import calico.model.resource.Unknown;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BlockEditTest {
  private static final Instant NOW = Instant.parse("2026-11-20T22:57:02.154809752Z");
  private static final Reservations NONE = new Reservations(List.of());
  private static final AllocationBlock FRESH =
      BlockEdit.fresh(Cidr.parse("10.0.0.0/30"), "host:n1", NOW);

  private static BlockEdit edit(AllocationBlock block) {
    return new BlockEdit(block, NOW, 0);
  }

  private static Ip ip(String text) {
    return Ip.parse(text);
  }

  private static AllocationBlock twoHeld() {
    BlockEdit e = edit(FRESH);
    e.autoAssign(2, "h1", Map.of("node", "n1"), NONE);
    return e.toBlock();
  }

  @Test
  void aFreshBlockIsNumberedByTheClock() {
    assertEquals(1795215422154809752L, FRESH.sequenceNumber());
    assertEquals("2026-11-20T22:57:02Z", FRESH.affinityClaimTime());
    assertEquals(List.of(0, 1, 2, 3), FRESH.unallocated());
    assertEquals(Arrays.asList(null, null, null, null), FRESH.allocations());
  }

  @Test
  void assignsInOrderAndSharesEqualAttributes() {
    BlockEdit e = edit(twoHeld());
    e.autoAssign(1, "h1", Map.of("node", "n1"), NONE);
    AllocationBlock b = e.toBlock();
    long first = FRESH.sequenceNumber();
    assertEquals(Arrays.asList(0, 0, 0, null), b.allocations());
    assertEquals(List.of(3), b.unallocated());
    assertEquals(
        List.of(new Attribute("h1", Map.of("node", "n1"), null, Unknown.NONE)), b.attributes());
    assertEquals(first + 2, b.sequenceNumber());
    assertEquals(Map.of(0, first, 1, first, 2, first + 1), b.sequenceNumberForAllocation());
  }

  @Test
  void givesWhatItHasWhenAskedForMore() {
    assertEquals(4, edit(FRESH).autoAssign(9, null, Map.of(), NONE).size());
    BlockEdit full = edit(FRESH);
    full.autoAssign(4, null, Map.of(), NONE);
    assertEquals(List.of(), full.autoAssign(1, null, Map.of(), NONE));
  }

  @Test
  void leavesReservedAddressesInPlace() {
    Reservations some = new Reservations(List.of(Cidr.parse("10.0.0.0/31")));
    BlockEdit e = edit(FRESH);
    assertTrue(e.hasFree(some));
    assertEquals(List.of(ip("10.0.0.2")), e.autoAssign(1, "h", Map.of(), some));
    assertEquals(List.of(0, 1, 3), e.toBlock().unallocated());
    assertFalse(e.hasFree(new Reservations(List.of(Cidr.parse("10.0.0.0/24")))));
  }

  @Test
  void aReleasedAddressGoesToTheEndOfTheQueue() {
    BlockEdit e = edit(twoHeld());
    BlockEdit.Released r =
        e.release(List.of(ReleaseRequest.of(ip("10.0.0.0")), ReleaseRequest.of(ip("10.0.0.3"))));
    assertEquals(List.of(ip("10.0.0.3")), r.unallocated());
    assertEquals(Map.of("h1", 1), r.released());
    AllocationBlock b = e.toBlock();
    assertEquals(List.of(2, 3, 0), b.unallocated());
    assertEquals(Arrays.asList(null, 0, null, null), b.allocations());
    assertEquals(1, b.attributes().size());
    assertEquals(List.of(1), List.copyOf(b.sequenceNumberForAllocation().keySet()));
  }

  @Test
  void aReleasedAddressCoolsDown() {
    BlockEdit e = new BlockEdit(twoHeld(), NOW, 60);
    assertEquals(List.of(ip("10.0.0.0"), ip("10.0.0.1")), e.releaseByHandle("h1"));
    AllocationBlock b = e.toBlock();
    assertEquals(
        List.of(new Attribute(null, Map.of(), "2026-11-20T22:57:02Z", Unknown.NONE)),
        b.attributes());
    assertEquals(Arrays.asList(0, 0, null, null), b.allocations());
    assertFalse(new BlockEdit(b, NOW.plusSeconds(59), 60).isEmpty());
    BlockEdit later = new BlockEdit(b, NOW.plusSeconds(60), 60);
    assertTrue(later.isEmpty());
    assertEquals(List.of(2, 3, 0, 1), later.toBlock().unallocated());
    assertEquals(List.of(), later.toBlock().attributes());
  }

  @Test
  void aCoolingAddressIsNeitherReleasedNorAssigned() {
    BlockEdit e = new BlockEdit(twoHeld(), NOW, 60);
    e.releaseByHandle("h1");
    assertEquals(
        List.of(ip("10.0.0.0")),
        e.release(List.of(ReleaseRequest.of(ip("10.0.0.0")))).unallocated());
    assertThrows(
        IpamException.AlreadyAssigned.class, () -> e.assign(ip("10.0.0.0"), "h2", Map.of()));
  }

  @Test
  void aWrongHandleOrSequenceNumberFailsTheWholeBatch() {
    AllocationBlock before = twoHeld();
    BlockEdit e = edit(before);
    ReleaseRequest good = ReleaseRequest.of(ip("10.0.0.0"));
    assertThrows(
        IpamException.BadHandle.class,
        () -> e.release(List.of(good, new ReleaseRequest(ip("10.0.0.1"), "h2", null))));
    assertThrows(
        IpamException.BadSequenceNumber.class,
        () -> e.release(List.of(good, new ReleaseRequest(ip("10.0.0.1"), "h1", 7L))));
    assertEquals(before.allocations(), e.toBlock().allocations());
    long held = FRESH.sequenceNumber();
    assertEquals(
        Map.of("h1", 1),
        e.release(List.of(new ReleaseRequest(ip("10.0.0.1"), "h1", held))).released());
    // Nor does a late request pass when nobody holds the address any more.
    assertThrows(
        IpamException.BadSequenceNumber.class,
        () -> e.release(List.of(new ReleaseRequest(ip("10.0.0.1"), "h1", held))));
  }

  @Test
  void releasingWhatIsFreeChangesNothing() {
    BlockEdit e = edit(FRESH);
    assertEquals(Map.of(), e.release(List.of(ReleaseRequest.of(ip("10.0.0.0")))).released());
    assertEquals(List.of(), e.releaseByHandle("h1"));
    assertEquals(List.of(), e.toBlock().attributes());
    assertEquals(FRESH.unallocated(), e.toBlock().unallocated());
  }

  @Test
  void attributesThatNobodyUsesGoAndIndexesFollow() {
    BlockEdit e = edit(FRESH);
    e.assign(ip("10.0.0.0"), "a", Map.of());
    e.assign(ip("10.0.0.1"), "b", Map.of());
    e.assign(ip("10.0.0.3"), "c", Map.of());
    e.releaseByHandle("b");
    AllocationBlock b = e.toBlock();
    assertEquals(Arrays.asList(0, null, null, 1), b.allocations());
    assertEquals(List.of("a", "c"), b.attributes().stream().map(Attribute::handleId).toList());
    assertEquals(List.of(2, 1), b.unallocated());
  }

  @Test
  void knowsAHandleBehindACarriageReturn() {
    BlockEdit e = edit(FRESH);
    e.assign(ip("10.0.0.0"), "h1\r\neth0", Map.of());
    assertEquals(List.of(ip("10.0.0.0")), e.ipsOf("h1"));
  }

  @Test
  void whatWindowsKeepsDoesNotMakeABlockUsed() {
    BlockEdit e = edit(FRESH);
    e.assign(ip("10.0.0.0"), BlockEdit.WINDOWS_HANDLE, Map.of("note", "windows host rsvd"));
    assertTrue(e.isEmpty());
    e.assign(ip("10.0.0.1"), "h", Map.of());
    assertFalse(e.isEmpty());
  }

  @Test
  void ordinalsWorkInIpv6() {
    BlockEdit e =
        edit(BlockEdit.fresh(Cidr.parse("fd00::ffff:ffff:ffff:ffc0/122"), "host:n1", NOW));
    e.assign(ip("fd00::ffff:ffff:ffff:ffff"), "h", Map.of());
    assertEquals(0, e.toBlock().allocations().get(63));
    assertEquals(List.of(ip("fd00::ffff:ffff:ffff:ffc0")), e.autoAssign(1, "h", Map.of(), NONE));
  }
}
