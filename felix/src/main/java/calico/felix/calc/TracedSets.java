package calico.felix.calc;

import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.StateKey.SetId;
import calico.model.Ip;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sets that one policy's or profile's rules refer to, as far as a packet can be in them: of a
 * large cluster only what has its addresses is looked at.
 */
final class TracedSets {
  private final Resolver resolver;
  private final Map<SetId, SetSource> sources;
  private final Map<Ip, List<Addressed>> holding = new HashMap<>();

  TracedSets(Resolver resolver, Map<SetId, SetSource> sources) {
    this.resolver = resolver;
    this.sources = sources;
  }

  private SetSource source(SetId id) {
    SetSource source = sources.get(id);
    if (source == null) {
      throw new IllegalStateException("a rule refers to set " + id.id() + ", which is not there");
    }
    return source;
  }

  /** Whether an address, or a port of it, is in a set. */
  boolean holds(SetId id, Ip ip, int protocol, int port) {
    AddressSet set = resolver.set(source(id), holding.computeIfAbsent(ip, resolver::holding));
    return set.members().stream()
        .anyMatch(
            member ->
                switch (member) {
                  case Member.Net net -> net.cidr().contains(ip);
                  case Member.IpPort m ->
                      m.ip().equals(ip) && m.protocol() == protocol && m.port() == port;
                });
  }

  /** What is in a set. */
  String text(SetId id) {
    return switch (source(id)) {
      case SetSource.Selected selected -> "selected by " + selected.selector().canonical();
      case SetSource.NamedPort named ->
          named.port() + " of what is selected by " + named.selector().canonical();
      case SetSource.Service service -> "of service " + service.service();
    };
  }
}
