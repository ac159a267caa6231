/** Tests of address allocation, on a datastore in memory. */
@NullMarked
package calico.ipam;

import org.jspecify.annotations.NullMarked;
