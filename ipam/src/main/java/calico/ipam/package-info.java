/**
 * Allocation of IP addresses: hosts claim blocks of a pool, addresses come out of blocks.
 *
 * <p>Reading order: {@link calico.ipam.Ipam} (what can be asked), {@link
 * calico.ipam.AssignRequest}, {@link calico.ipam.Assignment}; then {@code BlockEdit} (one block in
 * memory, pure), {@code PoolChoice} and {@code BlockOrder} (which block), {@code Affinities} (how a
 * host claims, confirms and gives up a block), {@code Handles} (what an owner holds), {@code
 * BlockWriter} (one block, for all who change it at the same time); then {@code Terms} (what an
 * allocation is bound by), {@code ShortPath} over {@code KnownBlocks} and {@code WatchedTerms},
 * {@code Assigner} with {@code BlockSearch}, {@code Taker}, which both end in, and {@code
 * Releaser}. Beside them stand {@link calico.ipam.IpamCheck}, which compares all of it with what
 * uses addresses, and {@link calico.ipam.PoolSplit}.
 *
 * <p>Data flow of an allocation: pools that select the node, the host's affine blocks, a block with
 * a free address, the owner's handle, the block. What comes before the handle is remembered where
 * an {@link calico.ipam.Ipam} is a node's, and read otherwise, or when the memory is not enough.
 *
 * <p>Invariants. A block's own record is the only truth about who holds an address, and each change
 * of it is a compare-and-swap, so any number of allocators, upstream's among them, may work on the
 * same blocks. An affinity is only a hint that leads a host to its blocks: it is written as pending
 * before the block and confirmed after it, and whatever is found half done is finished or removed
 * by the next one who meets it. A handle never counts fewer addresses than its owner holds: it is
 * incremented before the block is written and decremented after. Memory is never the truth: what it
 * says counts only once a write by compare-and-swap, or a read, has confirmed it.
 */
@NullMarked
package calico.ipam;

import org.jspecify.annotations.NullMarked;
