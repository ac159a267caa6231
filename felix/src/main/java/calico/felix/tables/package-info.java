/**
 * Policies as tables: what decides about a packet without trying one rule after the other.
 *
 * <p>A {@link calico.felix.tables.Group} is what rules ask of an address: whether it is in a set,
 * or in one of the prefixes that a rule spells out. Addresses that are in the same groups are of
 * one {@link calico.felix.tables.AddressClass}, which {@link calico.felix.tables.AddressClasses}
 * keeps as addresses join and leave. What a run of rules says to the members of some groups is the
 * first rule that matches, for each protocol and port: {@link calico.felix.tables.Decisions} works
 * that out as {@link calico.felix.tables.Row}s.
 *
 * <p>Everything here is pure: {@code rules} makes nftables maps of it, {@code dataplane} keeps them
 * in the kernel.
 */
@NullMarked
package calico.felix.tables;

import org.jspecify.annotations.NullMarked;
