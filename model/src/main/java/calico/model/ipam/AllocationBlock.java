package calico.model.ipam;

import calico.model.Cidr;
import calico.model.resource.Unknown;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A block of addresses and who holds each. An ordinal is an address's offset from the block's first
 * address.
 *
 * @param affinity {@code host:NAME}, {@code virtual:load-balancer}, or null
 * @param affinityClaimTime RFC 3339, or null
 * @param allocations per ordinal the index into {@code attributes}, or null if free
 * @param unallocated free ordinals in the order in which they will be handed out
 * @param sequenceNumber grows by one with each update of the block
 * @param sequenceNumberForAllocation by ordinal: the block's sequence number before the write that
 *     allocated it
 */
public record AllocationBlock(
    Cidr cidr,
    @Nullable String affinity,
    @Nullable String affinityClaimTime,
    List<@Nullable Integer> allocations,
    List<Integer> unallocated,
    List<Attribute> attributes,
    long sequenceNumber,
    Map<Integer, Long> sequenceNumberForAllocation,
    boolean deleted,
    Unknown unknown) {

  /**
   * Who holds an address.
   *
   * @param handleId null if none was given
   * @param secondary pod, namespace, node, timestamp, type ...
   * @param releasedAt RFC 3339, set while a released address cools down
   */
  public record Attribute(
      @Nullable String handleId,
      Map<String, String> secondary,
      @Nullable String releasedAt,
      Unknown unknown) {}
}
