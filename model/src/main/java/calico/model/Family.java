package calico.model;

/** An IP address family. */
public enum Family {
  IPV4(4, 32),
  IPV6(6, 128);

  private final int version;
  private final int bits;

  Family(int version, int bits) {
    this.version = version;
    this.bits = bits;
  }

  /** 4 or 6, as in the {@code ipVersion} field of a rule. */
  public int version() {
    return version;
  }

  /** Width of an address in bits: 32 or 128. */
  public int bits() {
    return bits;
  }

  /** Width of an address in bytes: 4 or 16. */
  public int bytes() {
    return bits / 8;
  }

  /** "ipv4" or "ipv6", as upstream's datastore keys spell it. */
  public String keyName() {
    return "ipv" + version;
  }
}
