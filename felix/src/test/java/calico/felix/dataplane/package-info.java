/**
 * Tests of the dataplane: the pure parts with fakes; the rest on the real kernel, in network
 * namespaces of their own.
 */
@NullMarked
package calico.felix.dataplane;

import org.jspecify.annotations.NullMarked;
