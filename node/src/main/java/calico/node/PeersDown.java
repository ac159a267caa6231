package calico.node;

import calico.confd.BgpSession;
import calico.model.Ip;
import java.util.List;

/** How BGP peers that are not up are told of, whoever asks. */
final class PeersDown {
  private PeersDown() {}

  /**
   * For each session that is not up: the peer, how far the session got and why not further, and the
   * interface that packets to the peer leave by, for example {@code 10.0.0.2: Active Socket:
   * Connection refused, over eth0 from 10.0.0.1}.
   */
  static List<String> texts(List<BgpSession> sessions) {
    List<BgpSession> down = sessions.stream().filter(s -> !s.isEstablished()).toList();
    if (down.isEmpty()) {
      return List.of();
    }
    AddressDetection host = AddressDetection.ofThisHost();
    return down.stream().map(peer -> text(host, peer)).toList();
  }

  private static String text(AddressDetection host, BgpSession peer) {
    String state = (peer.state() + " " + peer.reason()).strip();
    return "%s: %s, %s".formatted(peer.peer(), state, way(host, peer));
  }

  private static String way(AddressDetection host, BgpSession peer) {
    Ip ip = Ip.tryParse(peer.address());
    if (ip == null) {
      return "on the interface that its address names";
    }
    return host.sourceTo()
        .apply(ip.toInetAddress())
        .flatMap(host::withAddress)
        .map(from -> "over " + from.interfaceName() + " from " + from.address().ip())
        .orElse("no route to it");
  }
}
