package calico.felix.rules;

import static calico.felix.rules.ObjectNames.hostEndpoint;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.RulesConfig.DenyAction;
import calico.felix.state.LocalHostEndpoint;
import calico.model.Family;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.Value;
import calico.netlink.nftables.Verdict;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The chains of a host endpoint, for each of its interfaces, and the entries that lead there.
 *
 * <pre>
 * raw-cali-fh-IF, raw-cali-th-IF          untracked policy
 * mangle-cali-fh-IF                       pre-DNAT policy
 * filter-cali-fh-IF, filter-cali-th-IF    normal policy, profiles, deny
 * filter-cali-fhfw-IF, -thfw-IF           policy for what is forwarded
 * </pre>
 *
 * <p>Only normal policy denies what nothing has decided: after each of the others more may follow.
 */
final class HostEndpointChains {
  private final Family family;
  private final RulesConfig config;
  private final HostHooks hooks;
  private final Map<NftKey, NftObject> objects = new HashMap<>();
  private final Set<NftKey> references = new HashSet<>();
  private final Map<ChainKey, PolicyList> lists = new HashMap<>();

  HostEndpointChains(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
    this.hooks = new HostHooks(family, config);
  }

  /** Whose policy chains the hooks of a layer use. */
  static Layer policyLayer(Layer hook, RulesConfig config) {
    return hook == Layer.FILTER || config.denyAction() == DenyAction.DROP
        ? Layer.FILTER
        : Layer.MANGLE;
  }

  Rendering render(LocalHostEndpoint endpoint, Collection<String> interfaceNames) {
    if (interfaceNames.isEmpty()) {
      return Rendering.NOTHING;
    }
    // Untracked traffic of unknown interfaces could not be told from a workload's.
    boolean untracked = !endpoint.untracked().isEmpty() && !endpoint.forAnyInterface();
    boolean preDnat = !endpoint.preDnat().isEmpty();
    objects.putAll(hooks.always());
    if (untracked) {
      objects.putAll(hooks.untracked());
    }
    if (preDnat) {
      objects.putAll(hooks.preDnat());
    }
    for (String name : interfaceNames) {
      normal(name, endpoint);
      forward(name, endpoint);
      if (untracked) {
        untracked(name, endpoint);
      }
      preDnat(name, endpoint);
    }
    return new Rendering(objects, references, lists);
  }

  private EndpointChains chains(Layer hook) {
    return new EndpointChains(
        family,
        policyLayer(hook, config),
        hook == Layer.FILTER ? config : config.withDenyAction(DenyAction.DROP));
  }

  private void put(ChainKey key, EndpointChains chains, ChainBuilder chain) {
    objects.put(key, chain.chain());
    references.addAll(chains.references());
    lists.putAll(chains.lists());
  }

  private void lead(SetKey map, String interfaceName, Verdict verdict) {
    NftElement element =
        new NftElement(
            interfaceName.equals(LocalHostEndpoint.ANY_INTERFACE)
                ? Element.catchall(verdict)
                : Element.of(Value.ifname(interfaceName), verdict));
    objects.put(element.key(map), element);
  }

  private void normal(String name, LocalHostEndpoint endpoint) {
    ChainKey from = hostEndpoint(Layer.FILTER, "fh", name);
    normal(Layer.FILTER, from, Direction.INGRESS, HostHooks.FAILSAFE_IN, endpoint);
    lead(HostHooks.FROM, name, new Verdict.Goto(from.name()));
    ChainKey to = hostEndpoint(Layer.FILTER, "th", name);
    normal(Layer.FILTER, to, Direction.EGRESS, HostHooks.FAILSAFE_OUT, endpoint);
    lead(HostHooks.TO, name, new Verdict.Goto(to.name()));
    Layer afterNat = policyLayer(Layer.MANGLE, config);
    if (afterNat == Layer.MANGLE) {
      ChainKey dropping = hostEndpoint(afterNat, "th", name);
      normal(afterNat, dropping, Direction.EGRESS, HostHooks.FAILSAFE_OUT, endpoint);
      lead(hooks.toAfterNat(), name, new Verdict.Goto(dropping.name()));
    }
  }

  private void normal(
      Layer layer,
      ChainKey key,
      Direction direction,
      ChainKey failsafe,
      LocalHostEndpoint endpoint) {
    EndpointChains chains = chains(layer);
    ChainBuilder chain = chains.build();
    chains.begin(chain);
    chain.rule("Ports that stay open", List.of(), Match.jump(failsafe.name()));
    chains.tiers(chain, direction, endpoint.normal());
    chains.profiles(chain, direction, endpoint.profiles());
    put(key, chains, chain);
  }

  private void forward(String name, LocalHostEndpoint endpoint) {
    ChainKey from = hostEndpoint(Layer.FILTER, "fhfw", name);
    forward(from, Direction.INGRESS, endpoint);
    lead(HostHooks.FROM_FORWARD, name, new Verdict.Jump(from.name()));
    ChainKey to = hostEndpoint(Layer.FILTER, "thfw", name);
    forward(to, Direction.EGRESS, endpoint);
    lead(HostHooks.TO_FORWARD, name, new Verdict.Jump(to.name()));
  }

  private void forward(ChainKey key, Direction direction, LocalHostEndpoint endpoint) {
    EndpointChains chains = chains(Layer.FILTER);
    ChainBuilder chain = chains.build();
    chains.begin(chain);
    chains.tiers(chain, direction, endpoint.forward());
    put(key, chains, chain);
  }

  private void untracked(String name, LocalHostEndpoint endpoint) {
    ChainKey from = hostEndpoint(Layer.RAW, "fh", name);
    untracked(from, Direction.INGRESS, HostHooks.FAILSAFE_IN_UNTRACKED, endpoint);
    lead(HostHooks.FROM_UNTRACKED, name, new Verdict.Goto(from.name()));
    ChainKey to = hostEndpoint(Layer.RAW, "th", name);
    untracked(to, Direction.EGRESS, HostHooks.FAILSAFE_OUT_UNTRACKED, endpoint);
    lead(HostHooks.TO_UNTRACKED, name, new Verdict.Goto(to.name()));
  }

  private void untracked(
      ChainKey key, Direction direction, ChainKey failsafe, LocalHostEndpoint endpoint) {
    EndpointChains chains = chains(Layer.RAW);
    ChainBuilder chain = chains.build();
    chain.rule("Ports that stay open", List.of(), Match.jump(failsafe.name()));
    chains.undecide(chain);
    Expr[] untrackedAndDone =
        Match.all(List.of(new Expr.Notrack()), hooks.done()).toArray(Expr[]::new);
    chains.tiers(chain, direction, endpoint.untracked(), untrackedAndDone);
    put(key, chains, chain);
  }

  /** An interface with an endpoint of its own does not fall to that of any interface. */
  private void preDnat(String name, LocalHostEndpoint endpoint) {
    if (endpoint.preDnat().isEmpty()) {
      if (!endpoint.forAnyInterface()) {
        lead(HostHooks.FROM_PRE_DNAT, name, new Verdict.Return());
      }
      return;
    }
    EndpointChains chains = chains(Layer.MANGLE);
    ChainBuilder chain = chains.build();
    chains.begin(chain);
    chain.rule("Ports that stay open", List.of(), Match.jump(HostHooks.FAILSAFE_IN.name()));
    chains.tiers(chain, Direction.INGRESS, endpoint.preDnat(), hooks.done().toArray(Expr[]::new));
    ChainKey from = hostEndpoint(Layer.MANGLE, "fh", name);
    put(from, chains, chain);
    lead(HostHooks.FROM_PRE_DNAT, name, new Verdict.Goto(from.name()));
  }
}
