/**
 * {@code calico felix drops}: what this node's policy denies, as it happens, with the policy and
 * rule that decided.
 *
 * <p>Data flow: rules that deny send a copy of the packet to an NFLOG group ({@link
 * calico.felix.rules.DeniedPackets}); {@link calico.felix.drops.DropsCommand} reads the group, and
 * {@link calico.felix.drops.PacketHeaders} says which flow a copy is of. Works whether or not Felix
 * runs, as the rules are the kernel's; needs no datastore.
 */
@NullMarked
package calico.felix.drops;

import org.jspecify.annotations.NullMarked;
