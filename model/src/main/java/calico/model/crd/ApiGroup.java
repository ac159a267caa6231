package calico.model.crd;

/** The two groups in which a cluster may hold Calico's resources. */
public enum ApiGroup {
  /** What components write and an API server of Calico's translates for users. */
  V1("crd.projectcalico.org", "v1"),
  /** What users write, as it is. */
  V3("projectcalico.org", "v3");

  private final String group;
  private final String version;

  ApiGroup(String group, String version) {
    this.group = group;
    this.version = version;
  }

  public String group() {
    return group;
  }

  public String version() {
    return version;
  }

  /** Such as {@code projectcalico.org/v3}. */
  @Override
  public String toString() {
    return group + "/" + version;
  }
}
