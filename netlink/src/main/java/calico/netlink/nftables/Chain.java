package calico.netlink.nftables;

import org.jspecify.annotations.Nullable;

/** A chain as the kernel has it; {@code base} is null for one that is only jumped to. */
public record Chain(String name, @Nullable BaseChain base, long handle) {}
