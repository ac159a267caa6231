/** Tests of a whole Felix, against a datastore in memory, in network namespaces of its own. */
@NullMarked
package calico.felix;

import org.jspecify.annotations.NullMarked;
