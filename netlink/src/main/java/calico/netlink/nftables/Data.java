package calico.netlink.nftables;

/**
 * What a register, a set key or a map's right-hand side holds: plain bytes or a verdict.
 *
 * <pre>
 * NFTA_xxx_DATA (nested)
 *   NFTA_DATA_VALUE   (1)  bytes, at most 64
 *   NFTA_DATA_VERDICT (2)  nested, see {@link Verdict}
 * </pre>
 *
 * Source: {@code linux/netfilter/nf_tables.h}, {@code enum nft_data_attributes}.
 */
public sealed interface Data permits Value, Verdict {}
