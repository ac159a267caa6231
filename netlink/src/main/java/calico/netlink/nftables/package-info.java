/**
 * nf_tables over netlink: tables, chains, rules, sets and maps, read and written without the {@code
 * nft} tool.
 *
 * <p>Data flow: a {@link Batch} collects {@link Operation}s on one table; {@link Nftables#commit}
 * sends them as one transaction, which the kernel takes as a whole or not at all. Dumps go the
 * other way, from messages to the same records.
 *
 * <p>Reading order: {@link Expr} with {@link Value} and {@link Verdict}; {@link Match}; {@link
 * SetSpec}, {@link Element}; {@link Batch}, {@link Operation}; {@link Nftables}; then the codecs.
 *
 * <p>Invariant: what is read back equals what was written, except that registers 8, 12, 16, 20 come
 * back as 1 to 4 and counters have counted.
 *
 * <p>Source: {@code linux/netfilter/nf_tables.h}, {@code linux/netfilter/nfnetlink.h}.
 */
@NullMarked
package calico.netlink.nftables;

import org.jspecify.annotations.NullMarked;
