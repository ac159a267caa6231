package calico.model.ipam;

/**
 * The claim of a host on a block.
 *
 * @param state "confirmed", "pending", "pendingDeletion"; empty means confirmed
 */
public record BlockAffinity(String state, boolean deleted) {}
