/** Checks of structure and style: what ARCHITECTURE.md says is what the code does. */
@NullMarked
package calico.architecture;

import org.jspecify.annotations.NullMarked;
