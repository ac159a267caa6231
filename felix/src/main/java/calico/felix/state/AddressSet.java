package calico.felix.state;

import java.util.Set;

/**
 * The members of a set that rules refer to.
 *
 * @param type decides which members are legal
 */
public record AddressSet(Type type, Set<Member> members) {

  /** What the members are. */
  public enum Type {
    /** Prefixes, of both families; they may overlap. */
    NETS,
    /** Address, protocol and port. */
    IP_AND_PORT
  }

  /** One member of a set. */
  public sealed interface Member {
    /** A prefix; a single address is its host route. */
    record Net(calico.model.Cidr cidr) implements Member {}

    /**
     * @param protocol IANA number
     */
    record IpPort(calico.model.Ip ip, int protocol, int port) implements Member {}
  }
}
