/** Tests of what Felix tells of itself, without a kernel. */
@NullMarked
package calico.felix.monitor;

import org.jspecify.annotations.NullMarked;
