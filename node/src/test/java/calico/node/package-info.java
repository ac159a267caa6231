/** Tests of what a node does at its start. */
@NullMarked
package calico.node;

import org.jspecify.annotations.NullMarked;
