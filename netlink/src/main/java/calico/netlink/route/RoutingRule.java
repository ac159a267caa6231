package calico.netlink.route;

/**
 * Which packets are routed by which table: those with a mark, or all others.
 *
 * @param priority the lowest is asked first; 0 is the local table's
 * @param mark value of the bits of {@code mask}
 * @param mask bits of the packet mark that count; 0 for none, then the rule is for all
 * @param inverted whether it is for those that do not have the mark
 */
public record RoutingRule(
    IpFamily family, int priority, int table, int mark, int mask, boolean inverted) {}
