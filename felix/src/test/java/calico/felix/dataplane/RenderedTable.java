package calico.felix.rules;

import calico.felix.rules.NftKey.ElementKey;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.FloatingIp;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.Pool;
import calico.felix.state.ProfileRules;
import calico.felix.state.StateKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All objects of a table for a whole state. */
public final class RenderedTable {
  private final RuleRenderer renderer;
  private final Map<NftKey, NftObject> objects = new HashMap<>();
  private final Set<NftKey> references = new HashSet<>();

  private RenderedTable(RuleRenderer renderer) {
    this.renderer = renderer;
  }

  public static Map<NftKey, NftObject> of(RuleRenderer renderer, Map<StateKey<?>, Object> state) {
    RenderedTable table = new RenderedTable(renderer);
    table.add(renderer.always());
    state.forEach(table::add);
    for (NftKey key : table.references) {
      if (key instanceof NftKey.ChainKey) {
        table.objects.putIfAbsent(key, renderer.closed("missing"));
      }
    }
    return table.objects;
  }

  private void add(Rendering rendering) {
    objects.putAll(rendering.objects());
    references.addAll(rendering.references());
    rendering
        .shared()
        .forEach(
            (chain, shared) -> {
              if (!objects.containsKey(chain)) {
                add(shared.get());
              }
            });
  }

  private void add(StateKey<?> key, Object value) {
    switch (key) {
      case StateKey.Endpoint _ -> add(renderer.endpoint((LocalEndpoint) value));
      case StateKey.HostEndpoint _ -> {
        LocalHostEndpoint endpoint = (LocalHostEndpoint) value;
        add(renderer.hostEndpoint(endpoint, List.of(endpoint.interfaceName())));
      }
      case StateKey.PolicyId id -> add(renderer.policy(id, (Policy) value));
      case StateKey.ProfileId id -> add(renderer.profile(id, (ProfileRules) value));
      case StateKey.PoolId id -> {
        if (id.cidr().family() == renderer.family()) {
          renderer.poolSets((Pool) value).forEach(set -> add(set, renderer.net(id.cidr())));
        }
      }
      case StateKey.NodeIp id ->
          renderer.nodeIpSets().forEach(set -> add(set, renderer.net(id.ip().toCidr())));
      case StateKey.ServiceRangeId id -> {
        if (id.cidr().family() == renderer.family()) {
          renderer.serviceSets().forEach(set -> add(set, renderer.net(id.cidr())));
        }
      }
      case StateKey.CodePointId id -> {
        if (id.source().family() == renderer.family()) {
          add(renderer.codePoint(id.source(), (Integer) value));
        }
      }
      case StateKey.FloatingIpId id ->
          objects.putAll(renderer.floatingDnat(id.external(), ((FloatingIp) value).internal()));
      case StateKey.Routing<?> _ -> {}
      case StateKey.SetId id -> {
        AddressSet set = (AddressSet) value;
        add(renderer.set(id, set.type()));
        for (Member member : set.members()) {
          switch (member) {
            case Member.Net net when net.cidr().family() == renderer.family() ->
                add(renderer.setKey(id), renderer.net(net.cidr()));
            case Member.IpPort ip when ip.ip().family() == renderer.family() ->
                add(renderer.setKey(id), renderer.ipPort(ip));
            case Member.Net _, Member.IpPort _ -> {}
          }
        }
      }
    }
  }

  private void add(NftKey.SetKey set, NftElement element) {
    objects.put(
        new ElementKey(set.name(), element.element().from(), element.element().to()), element);
  }
}
