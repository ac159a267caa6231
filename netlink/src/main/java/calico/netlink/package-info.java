/** All native code of the system: sockets, messages and attributes of the kernel's netlink. */
@NullMarked
package calico.netlink;

import org.jspecify.annotations.NullMarked;
