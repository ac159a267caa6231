package calico.felix.monitor;

/**
 * How much there is of what the calculation knows of.
 *
 * @param localEndpoints those that this node programs
 * @param localPolicies those that some local endpoint needs
 * @param localSelectors the sets of addresses that rules of those refer to
 */
public record GraphSize(
    int localEndpoints,
    int localPolicies,
    int localSelectors,
    int hosts,
    int hostEndpoints,
    int workloadEndpoints,
    int policies,
    int profiles,
    int tiers) {
  static final GraphSize NOTHING = new GraphSize(0, 0, 0, 0, 0, 0, 0, 0, 0);
}
