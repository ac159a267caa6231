package calico.ipam;

import calico.model.ipam.AllocationBlock;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether the parts of a stored block agree with each other. */
final class BlockStructure {
  private BlockStructure() {}

  /** What is wrong with a block, or null. */
  static @Nullable String problem(AllocationBlock block, Instant now) {
    int size = block.allocations().size();
    Set<Integer> indexes = new HashSet<>();
    int allocated = 0;
    for (int ordinal = 0; ordinal < size; ordinal++) {
      Integer index = block.allocations().get(ordinal);
      if (index == null) {
        continue;
      }
      if (index < 0 || index >= block.attributes().size()) {
        return "allocation %d indexes a nonexistent attribute %d".formatted(ordinal, index);
      }
      indexes.add(index);
      allocated++;
    }
    for (int i = 0; i < block.attributes().size(); i++) {
      if (!indexes.contains(i)) {
        return "attribute index %d exists but is not indexed by an allocation".formatted(i);
      }
      String releasedAt = block.attributes().get(i).releasedAt();
      if (releasedAt != null && Times.parse(releasedAt).isAfter(now)) {
        return "attribute index %d was released in the future, at %s: clocks differ"
            .formatted(i, releasedAt);
      }
    }
    Set<Integer> free = new HashSet<>();
    for (int ordinal : block.unallocated()) {
      if (ordinal < 0 || ordinal >= size) {
        return "ordinal %d is unallocated but out of the block".formatted(ordinal);
      }
      if (!free.add(ordinal)) {
        return "ordinal %d is unallocated more than once".formatted(ordinal);
      }
      if (block.allocations().get(ordinal) != null) {
        return "ordinal %d is both allocated and unallocated".formatted(ordinal);
      }
    }
    if (free.size() + allocated != size) {
      return "of %d addresses %d are unallocated and %d allocated"
          .formatted(size, free.size(), allocated);
    }
    return null;
  }
}
