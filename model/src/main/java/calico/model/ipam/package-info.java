/**
 * The data of IP address management as upstream stores it: blocks, affinities, handles,
 * configuration. Data only; the algorithms are in {@code calico.ipam}.
 */
@NullMarked
package calico.model.ipam;

import org.jspecify.annotations.NullMarked;
