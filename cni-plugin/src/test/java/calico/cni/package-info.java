/** Tests of the CNI plugin; those on the kernel make network namespaces of their own. */
@NullMarked
package calico.cni;

import org.jspecify.annotations.NullMarked;
