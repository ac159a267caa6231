@NullMarked
package calico.felix.tables;

import org.jspecify.annotations.NullMarked;
