/** How long BGP configuration takes from the datastore to the daemon. */
@NullMarked
package calico.benchmarks.bgp;

import org.jspecify.annotations.NullMarked;
