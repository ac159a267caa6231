package calico.ipam;

/** What an address is for; a pool may be restricted to some uses. */
public enum Use {
  WORKLOAD("Workload"),
  TUNNEL("Tunnel"),
  LOAD_BALANCER("LoadBalancer");

  private final String text;

  Use(String text) {
    this.text = text;
  }

  /** As {@code spec.allowedUses} of a pool spells it. */
  @Override
  public String toString() {
    return text;
  }
}
