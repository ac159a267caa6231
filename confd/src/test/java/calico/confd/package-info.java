/**
 * Tests of confd. Golden configurations are in the resources beside; {@code -Dgolden.write=true}
 * writes them anew. What touches routes runs in network namespaces of its own and needs root.
 */
@NullMarked
package calico.confd;

import org.jspecify.annotations.NullMarked;
