package calico.felix.rules;

/** What upstream's names of chains and maps begin with: the table of iptables that they were in. */
public enum Layer {
  RAW("raw-cali-"),
  MANGLE("mangle-cali-"),
  FILTER("filter-cali-");

  private final String prefix;

  Layer(String prefix) {
    this.prefix = prefix;
  }

  String named(String name) {
    return prefix + name;
  }
}
