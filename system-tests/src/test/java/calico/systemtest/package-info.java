/**
 * Behaviour of the distribution on the real kernel, with a real etcd and BIRD; run as root after
 * {@code ./calico build}.
 */
@NullMarked
package calico.systemtest;

import org.jspecify.annotations.NullMarked;
