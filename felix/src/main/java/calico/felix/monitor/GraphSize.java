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
    int tiers,
    Index index) {
  static final GraphSize NOTHING =
      new GraphSize(0, 0, 0, 0, 0, 0, 0, 0, 0, new Index(0, 0, 0, 0, 0));

  /**
   * The index of addresses by the labels of those that have them.
   *
   * @param items endpoints and network sets
   * @param optimized selectors that imply a label, so that few items are compared with them
   * @param others selectors that do not
   * @param matching how often an item was compared with a selector and matched
   * @param failing how often it did not
   */
  public record Index(int items, int optimized, int others, long matching, long failing) {}
}
