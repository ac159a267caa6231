package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.IsCidr;
import calico.model.schema.Matches;
import calico.model.schema.Name;
import calico.model.schema.OmitZero;
import calico.model.schema.Required;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A block of addresses, where IPAM's data are resources: in Kubernetes. See {@link
 * calico.model.ipam.AllocationBlock} for what the fields mean.
 */
public record IpamBlockSpec(
    @Doc("The block's addresses.") @Required @IsCidr(strict = true) String cidr,
    @Doc("The owner: host:NAME or virtual:NAME; unset: none.")
        @Matches(value = "(host|virtual):[a-zA-Z0-9._-]+", expected = "host:NAME or virtual:NAME")
        @Nullable String affinity,
    @Doc("When the owner claimed the block; RFC 3339.") @Nullable String affinityClaimTime,
    @Doc("For each address the index into attributes, or null if it is free.") @Required
        List<@Nullable Integer> allocations,
    @Doc("Free addresses, as offsets, in the order in which they will be assigned.") @Required
        List<Integer> unallocated,
    @Doc("Who has addresses.") @Required List<Attribute> attributes,
    @Doc("Grows by one with each update of the block.") @OmitZero long sequenceNumber,
    @Doc("For each address the block's number before the update that assigned it.")
        @Nullable Map<String, Long> sequenceNumberForAllocation,
    @Doc("Set just before the object is deleted, so that a delete can meet a conflict.") @OmitZero
        boolean deleted,
    @Doc("Has no meaning any more, but must be there.") boolean strictAffinity,
    Unknown unknown) {

  public record Attribute(
      @Doc("What identifies the owner.") @Name("handle_id") @Nullable String handleId,
      @Doc("What is known of the owner.") @Nullable Map<String, String> secondary,
      @Doc("What is known of the owner before or after, while a virtual machine migrates.")
          @Nullable Map<String, String> alternateOwnerAttrs,
      @Doc("When the address was released, while it cools down; RFC 3339.")
          @Nullable String releasedAt,
      Unknown unknown) {}
}
