/**
 * Benchmarks of the calculation graph alone, in the shapes of upstream's own (felix/calc,
 * felix/labelindex), so that figures can be compared.
 *
 * <p>Reading order: {@link calico.benchmarks.Resources} (makes what is put in), {@link
 * calico.benchmarks.SnapshotBenchmark} (a start, with the heap that stays), {@link
 * calico.benchmarks.UpdateBenchmark} (one change), {@link calico.benchmarks.SelectorBenchmark}.
 */
@NullMarked
package calico.benchmarks;

import org.jspecify.annotations.NullMarked;
