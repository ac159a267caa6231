package calico.felix.calc;

import calico.felix.state.AddressSet;
import calico.felix.state.StateKey.SetId;
import calico.model.selector.Selector;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * What the members of a set come from. The identifier is upstream's, a hash of the rest: equal
 * sources are one set, however many rules refer to it.
 */
sealed interface SetSource {
  SetId id();

  AddressSet.Type type();

  /** Addresses of what a selector selects. */
  record Selected(SetId id, Selector selector) implements SetSource {
    static Selected of(Selector selector) {
      return new Selected(new SetId(selector.id()), selector);
    }

    @Override
    public AddressSet.Type type() {
      return AddressSet.Type.NETS;
    }
  }

  /**
   * Address, protocol and port of what a selector selects and has a port of some name.
   *
   * @param protocol IANA number, or {@link #ANY_PROTOCOL}
   */
  record NamedPort(SetId id, Selector selector, String port, int protocol) implements SetSource {
    static final int ANY_PROTOCOL = -1;

    static NamedPort of(Selector selector, String port, int protocol) {
      String content = selector.id() + "," + protocolName(protocol) + "," + port;
      return new NamedPort(uniqueId("n", content), selector, port, protocol);
    }

    private static String protocolName(int protocol) {
      return switch (protocol) {
        case ANY_PROTOCOL -> "any";
        case 17 -> "udp";
        case 132 -> "sctp";
        default -> "tcp";
      };
    }

    @Override
    public AddressSet.Type type() {
      return AddressSet.Type.IP_AND_PORT;
    }
  }

  /**
   * The endpoints of a Kubernetes service. Always empty so far: without the Kubernetes datastore
   * there are no services.
   *
   * @param service {@code namespace/name}
   */
  record Service(SetId id, String service, AddressSet.Type type) implements SetSource {
    static Service of(String service, boolean withPorts) {
      return new Service(
          uniqueId(withPorts ? "svc" : "svcnoport", service),
          service,
          withPorts ? AddressSet.Type.IP_AND_PORT : AddressSet.Type.NETS);
    }
  }

  private static SetId uniqueId(String prefix, String content) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-224")
              .digest((prefix + ":" + content).getBytes(StandardCharsets.UTF_8));
      return new SetId(prefix + ":" + Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("the JDK has SHA-224", e);
    }
  }
}
