package calico.ipam;

import calico.model.Cidr;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.AllocationBlock.Attribute;
import calico.model.resource.Unknown;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One block being changed in memory. It starts from what was read, with addresses whose cooldown is
 * over already freed, and ends in {@link #toBlock}, which the caller writes by compare-and-swap.
 */
final class BlockEdit {
  /** Owner of the addresses that Windows keeps for itself; they do not make a block used. */
  static final String WINDOWS_HANDLE = "windows-reserved-ipam-handle";

  private final AllocationBlock read;
  private final Instant now;
  private final int cooldownSeconds;
  private final List<@Nullable Integer> allocations;
  private final List<Integer> unallocated;
  private final List<Attribute> attributes;
  private final Map<Integer, Long> sequenceNumbers;
  private @Nullable String affinity;
  private @Nullable String claimTime;
  private boolean changed;

  BlockEdit(AllocationBlock block, Instant now, int cooldownSeconds) {
    this.read = block;
    this.now = now;
    this.cooldownSeconds = cooldownSeconds;
    this.allocations = new ArrayList<>(block.allocations());
    this.unallocated = new ArrayList<>(block.unallocated());
    this.attributes = new ArrayList<>(block.attributes());
    this.sequenceNumbers = new TreeMap<>(block.sequenceNumberForAllocation());
    this.affinity = block.affinity();
    this.claimTime = block.affinityClaimTime();
    freeCooled();
  }

  /**
   * A new block. Its sequence number starts at the time, so that a block that is deleted and made
   * again never repeats one.
   */
  static AllocationBlock fresh(Cidr cidr, String affinity, Instant now) {
    int size = 1 << (cidr.family().bits() - cidr.length());
    return new AllocationBlock(
        cidr,
        affinity,
        Times.text(now),
        Collections.nCopies(size, null),
        IntStream.range(0, size).boxed().toList(),
        List.of(),
        Times.epochNanos(now),
        Map.of(),
        false,
        Unknown.NONE);
  }

  /** The same block under its next sequence number. */
  static AllocationBlock rewritten(AllocationBlock block) {
    return new BlockEdit(block, Instant.EPOCH, 0).toBlock();
  }

  @Nullable String affinity() {
    return affinity;
  }

  void dropAffinity() {
    affinity = null;
    claimTime = null;
    changed = true;
  }

  /** Whether anything was asked for that changes the block; the end of a cooldown alone is not. */
  boolean changed() {
    return changed;
  }

  /** The changed block, under the next sequence number. */
  AllocationBlock toBlock() {
    return new AllocationBlock(
        read.cidr(),
        affinity,
        claimTime,
        Collections.unmodifiableList(new ArrayList<>(allocations)),
        List.copyOf(unallocated),
        List.copyOf(attributes),
        read.sequenceNumber() + 1,
        Collections.unmodifiableMap(new TreeMap<>(sequenceNumbers)),
        read.deleted(),
        read.unknown());
  }

  /** Whether no address is held, not even by one that cools down; Windows' own do not count. */
  boolean isEmpty() {
    return allocations.stream()
        .filter(Objects::nonNull)
        .allMatch(
            i -> {
              String handle = attributes.get(i).handleId();
              return handle != null && handle.equalsIgnoreCase(WINDOWS_HANDLE);
            });
  }

  /** How many addresses {@link #autoAssign} could take. */
  int free(Reservations reservations) {
    Reservations here = reservations.within(read.cidr());
    return here.cidrs().isEmpty()
        ? unallocated.size()
        : (int) unallocated.stream().filter(o -> !here.contains(ip(o))).count();
  }

  boolean hasFree(Reservations reservations) {
    return free(reservations) > 0;
  }

  /** Takes up to {@code count} free addresses in the order of {@code unallocated}. */
  List<Ip> autoAssign(
      int count, @Nullable String handleId, Map<String, String> attrs, Reservations reservations) {
    Reservations here = reservations.within(read.cidr());
    List<Integer> taken =
        unallocated.stream().filter(o -> !here.contains(ip(o))).limit(count).toList();
    if (taken.isEmpty()) {
      return List.of();
    }
    take(taken, handleId, attrs);
    return taken.stream().map(this::ip).toList();
  }

  /**
   * Takes one address, reserved or not.
   *
   * @throws IpamException.AlreadyAssigned if it is not free
   */
  void assign(Ip ip, @Nullable String handleId, Map<String, String> attrs) {
    int ordinal = ordinal(ip);
    Integer holder = allocations.get(ordinal);
    if (holder != null) {
      throw new IpamException.AlreadyAssigned(
          ip, read.cidr(), plainHandle(attributes.get(holder).handleId()));
    }
    take(List.of(ordinal), handleId, attrs);
  }

  private void take(
      List<Integer> ordinals, @Nullable String handleId, Map<String, String> attributesOfOwner) {
    Attribute owner =
        new Attribute(
            handleId,
            Collections.unmodifiableMap(new TreeMap<>(attributesOfOwner)),
            null,
            Unknown.NONE);
    int index = attributes.indexOf(owner);
    if (index < 0) {
      index = attributes.size();
      attributes.add(owner);
    }
    for (int o : ordinals) {
      allocations.set(o, index);
      sequenceNumbers.put(o, read.sequenceNumber());
    }
    unallocated.removeAll(new HashSet<>(ordinals));
    changed = true;
  }

  /**
   * What {@link #release} did.
   *
   * @param unallocated addresses that were not held
   * @param released number of addresses by handle; the key is "" for those without
   */
  record Released(List<Ip> unallocated, Map<String, Integer> released) {}

  /**
   * Releases the addresses, or none of them if a handle or sequence number does not match.
   *
   * @throws IpamException.BadHandle if another owner holds one
   * @throws IpamException.BadSequenceNumber if one has been allocated anew
   */
  Released release(List<ReleaseRequest> requests) {
    List<Ip> notHeld = new ArrayList<>();
    Set<Integer> ordinals = new TreeSet<>();
    Map<String, Integer> byHandle = new LinkedHashMap<>();
    Map<Ip, ReleaseRequest> unique = new LinkedHashMap<>();
    requests.forEach(r -> unique.put(r.ip(), r));
    for (ReleaseRequest r : unique.values()) {
      int ordinal = ordinal(r.ip());
      Long wanted = r.sequenceNumber();
      long actual = sequenceNumbers.getOrDefault(ordinal, 0L);
      if (wanted != null && wanted != actual) {
        throw new IpamException.BadSequenceNumber(r.ip(), wanted, actual);
      }
      Integer index = allocations.get(ordinal);
      if (index == null || attributes.get(index).releasedAt() != null) {
        notHeld.add(r.ip());
        continue;
      }
      String handle = Objects.requireNonNullElse(plainHandle(attributes.get(index).handleId()), "");
      if (r.handleId() != null && !handle.equals(plainHandle(r.handleId()))) {
        throw new IpamException.BadHandle(r.ip(), r.handleId(), handle);
      }
      ordinals.add(ordinal);
      byHandle.merge(handle, 1, Integer::sum);
    }
    coolDown(ordinals);
    ordinals.stream()
        .filter(sequenceNumbers::containsKey)
        .forEach(o -> sequenceNumbers.put(o, read.sequenceNumber()));
    return new Released(notHeld, byHandle);
  }

  /** Releases all that {@code handleId} holds here. */
  List<Ip> releaseByHandle(String handleId) {
    List<Integer> ordinals = ordinalsOf(handleId);
    coolDown(ordinals);
    return ordinals.stream().map(this::ip).toList();
  }

  List<Ip> ipsOf(String handleId) {
    return ordinalsOf(handleId).stream().map(this::ip).toList();
  }

  private List<Integer> ordinalsOf(String handleId) {
    return IntStream.range(0, allocations.size())
        .filter(
            o -> {
              Integer i = allocations.get(o);
              return i != null && handleId.equals(plainHandle(attributes.get(i).handleId()));
            })
        .boxed()
        .toList();
  }

  private void coolDown(Collection<Integer> ordinals) {
    if (ordinals.isEmpty()) {
      return;
    }
    changed = true;
    int index = attributes.size();
    attributes.add(new Attribute(null, Map.of(), Times.text(now), Unknown.NONE));
    ordinals.forEach(o -> allocations.set(o, index));
    freeCooled();
  }

  /** Frees addresses whose cooldown is over, then drops attributes that nothing refers to. */
  private void freeCooled() {
    Instant limit = now.minusSeconds(cooldownSeconds);
    Map<Integer, Integer> newIndexes = new HashMap<>();
    for (int o = 0; o < allocations.size(); o++) {
      Integer index = allocations.get(o);
      if (index == null) {
        continue;
      }
      String releasedAt = attributes.get(index).releasedAt();
      if (releasedAt != null && !Times.parse(releasedAt).isAfter(limit)) {
        allocations.set(o, null);
        unallocated.add(o);
        sequenceNumbers.remove(o);
      } else {
        newIndexes.put(index, 0);
      }
    }
    if (newIndexes.size() == attributes.size()) {
      return;
    }
    List<Attribute> kept = new ArrayList<>();
    for (int i = 0; i < attributes.size(); i++) {
      if (newIndexes.containsKey(i)) {
        newIndexes.put(i, kept.size());
        kept.add(attributes.get(i));
      }
    }
    attributes.clear();
    attributes.addAll(kept);
    allocations.replaceAll(i -> i == null ? null : newIndexes.get(i));
  }

  private int ordinal(Ip ip) {
    if (!read.cidr().contains(ip)) {
      throw new IllegalArgumentException(ip + " is not in block " + read.cidr());
    }
    return (int) (ip.low() - read.cidr().address().low());
  }

  private Ip ip(int ordinal) {
    return read.cidr().address().plus(ordinal);
  }

  /**
   * A handle as its owner wrote it: an old migration from host-local left a carriage return and
   * more behind some.
   */
  static @Nullable String plainHandle(@Nullable String handleId) {
    int cr = handleId == null ? -1 : handleId.indexOf('\r');
    return handleId == null || cr < 0 ? handleId : handleId.substring(0, cr);
  }
}
