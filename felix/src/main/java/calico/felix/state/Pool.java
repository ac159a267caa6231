package calico.felix.state;

/**
 * An IP pool.
 *
 * @param natOutgoing whether traffic from it to outside all pools is masqueraded
 */
public record Pool(boolean natOutgoing) {}
