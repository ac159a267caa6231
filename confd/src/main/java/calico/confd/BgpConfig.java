package calico.confd;

import java.util.Set;

/**
 * A BGP daemon's configuration.
 *
 * @param text of the file
 * @param faults what of the resources is not in it, and why
 */
public record BgpConfig(String text, Set<Fault> faults) {}
