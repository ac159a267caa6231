package calico.netlink.nftables;

/** A table's name; names are per family. */
public record Table(TableFamily family, String name) {}
