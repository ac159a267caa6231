/** Tests of reconciliation: fakes, a seeded simulation with errors and restarts, the loop. */
@NullMarked
package calico.reconcile;

import org.jspecify.annotations.NullMarked;
