package calico.ipam;

import calico.datastore.Revision;
import calico.model.Cidr;
import org.jspecify.annotations.Nullable;

/**
 * A block that is lost to allocation, or a claim that leads to no block of its owner's: what those
 * leave behind who are killed halfway, and nodes and pools that are deleted.
 *
 * @param owner whose affinity to the block this is about; null: about the block itself
 * @param revision of the affinity, or else of the block
 * @param problem what is wrong, as one sentence
 */
public record BlockLeak(Cidr block, @Nullable Owner owner, Revision revision, String problem) {

  /** What {@link Ipam#free} made of one. */
  public enum Outcome {
    /** The affinity has gone, or the block. */
    FREED,
    /** The block holds addresses of a living owner, whose claim to it is now complete. */
    FINISHED,
    /** The block holds addresses: when they are released it can go. */
    IN_USE,
    /** It has changed since it was found, or has gone; nothing was done. */
    CHANGED
  }
}
