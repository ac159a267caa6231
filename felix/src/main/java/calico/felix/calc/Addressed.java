package calico.felix.calc;

import static java.util.Objects.requireNonNullElse;

import calico.felix.state.AddressSet.Member;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.resource.EndpointPort;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Something with addresses that selectors can select: a workload, a host endpoint or a network set.
 *
 * @param labels its own
 * @param profiles from which it inherits further labels; the first that has a label wins
 * @param nets each once; never of length 0, which sets in the kernel cannot hold
 */
record Addressed(
    Map<String, String> labels, List<String> profiles, List<Member.Net> nets, List<Named> ports) {

  /**
   * A port that rules can name.
   *
   * @param protocol IANA number
   */
  record Named(String name, int protocol, int port) {
    /** Protocols whose ports can be named: TCP, UDP, SCTP. */
    private static final Set<Integer> PROTOCOLS = Set.of(6, 17, 132);

    /** The ports of an endpoint that have names, each once. */
    static List<Named> of(@Nullable List<EndpointPort> ports) {
      return requireNonNullElse(ports, List.<EndpointPort>of()).stream()
          .<Named>mapMulti(
              (port, out) -> {
                String name = port.name();
                int protocol = port.protocol().number();
                if (name != null && !name.isEmpty() && PROTOCOLS.contains(protocol)) {
                  out.accept(new Named(name, protocol, port.port()));
                }
              })
          .distinct()
          .toList();
    }
  }

  /** A network set. One in a namespace inherits what the namespace's endpoints do. */
  static Addressed of(Resource<NetworkSetSpec> set) {
    List<Member.Net> nets =
        requireNonNullElse(set.spec().nets(), List.<String>of()).stream()
            .map(Cidr::tryParse)
            .<Cidr>mapMulti(Addressed::halve)
            .distinct()
            .map(Member.Net::new)
            .toList();
    String namespace = set.metadata().namespace();
    if (namespace == null) {
      return new Addressed(set.metadata().labels(), List.of(), nets, List.of());
    }
    Map<String, String> labels = new HashMap<>(set.metadata().labels());
    labels.put(PolicySelectors.NAMESPACE_LABEL, namespace);
    return new Addressed(labels, List.of("kns." + namespace), nets, List.of());
  }

  private static void halve(@Nullable Cidr cidr, Consumer<Cidr> out) {
    if (cidr == null) {
      return; // the API accepts some forms here that are no prefix; they match nothing
    }
    if (cidr.length() > 0) {
      out.accept(cidr);
      return;
    }
    out.accept(new Cidr(cidr.address(), 1));
    out.accept(new Cidr(cidr.last(), 1));
  }

  /** What something with these addresses and ports adds to a set whose selector selects it. */
  static List<Member> members(SetSource source, List<Member.Net> nets, List<Named> ports) {
    return switch (source) {
      case SetSource.Selected _ -> List.copyOf(nets);
      case SetSource.Service _ -> List.of();
      case SetSource.NamedPort named -> {
        List<Member> out = new ArrayList<>();
        for (Named port : ports) {
          boolean wanted =
              named.protocol() == SetSource.NamedPort.ANY_PROTOCOL
                  || named.protocol() == port.protocol();
          if (wanted && named.port().equals(port.name())) {
            for (Member.Net net : nets) {
              Ip ip = net.cidr().address();
              out.add(new Member.IpPort(ip, port.protocol(), port.port()));
            }
          }
        }
        yield out;
      }
    };
  }
}
