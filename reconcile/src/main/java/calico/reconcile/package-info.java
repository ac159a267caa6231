/**
 * The system's one big idea: compare what is desired with what is applied, and do the difference.
 *
 * <p>Reading order: {@link calico.reconcile.DeltaTracker} keeps the two maps and their difference
 * incrementally; {@link calico.reconcile.Target} is the thing outside (a kernel table, a
 * directory); {@link calico.reconcile.Reconciler} moves the difference into the target, with
 * read-back, retry ({@link calico.reconcile.Backoff}) and pruning; {@link
 * calico.reconcile.EventLoop} is the single thread on which all of that runs; {@link
 * calico.reconcile.Mailbox} carries changes from one loop to the next.
 *
 * <p>Invariants: nothing here is thread-safe but the event loop and the mailbox; the cost of a
 * change is proportional to the change, except for a resync; only entries that the target says it
 * owns are ever removed, and only after the input is in sync.
 */
@NullMarked
package calico.reconcile;

import org.jspecify.annotations.NullMarked;
