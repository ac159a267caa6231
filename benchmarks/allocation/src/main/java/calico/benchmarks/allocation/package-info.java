/**
 * Address allocation against a real etcd: how many a second on one node, and how a whole cluster
 * fills a pool, with the calls of the datastore that each takes.
 *
 * <p>Reading order: {@link calico.benchmarks.allocation.AllocationBenchmark}, {@link
 * calico.benchmarks.allocation.CountedDatastore}.
 */
@NullMarked
package calico.benchmarks.allocation;

import org.jspecify.annotations.NullMarked;
