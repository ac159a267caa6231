package calico.felix.calc;

/**
 * One thing that a rule asks of a packet.
 *
 * @param text what it asks, as in {@code source in 10.0.0.0/8}
 * @param holds whether the packet is so
 */
record Criterion(String text, boolean holds) {}
