package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.StateKey;
import calico.model.Family;
import calico.netlink.nftables.CtState;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Match;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The chain of an endpoint and direction: its tiers' policies, its profiles, deny. Returns with the
 * accept mark if the traffic is allowed; else denies. The policies of a tier are a {@link
 * PolicyList} that endpoints share.
 *
 * <p>Every policy is asked only while neither mark is set, so that a decision skips the rest of its
 * tier; a tier begins with the pass mark cleared.
 */
final class EndpointChains {
  private static final int UDP = 17;
  private static final int IPIP = 4;

  private final Family family;
  private final Layer policyLayer;
  private final RulesConfig config;
  private final Set<NftKey> references = new HashSet<>();
  private final Map<ChainKey, PolicyList> lists = new HashMap<>();

  /**
   * Chains for one hook.
   *
   * @param policyLayer in the names of the policies' and profiles' chains to use
   */
  EndpointChains(Family family, Layer policyLayer, RulesConfig config) {
    this.family = family;
    this.policyLayer = policyLayer;
    this.config = config;
  }

  ChainBuilder build() {
    return new ChainBuilder(family, config);
  }

  /** Chains that the rendered chains jump to. */
  Set<NftKey> references() {
    return references;
  }

  /** Those of the references that are lists of policies. */
  Map<ChainKey, PolicyList> lists() {
    return lists;
  }

  /** A workload's chain, from which it does not show whose it is unless it has to. */
  ChainBuilder workload(Direction direction, LocalEndpoint endpoint) {
    ChainBuilder chain = build();
    begin(chain);
    if (LimitChains.limits(endpoint, direction).maxConnections() > 0) {
      ChainKey connections = LimitChains.connections(direction, endpoint.interfaceName());
      chain.rule("Number of connections", List.of(), Match.jump(connections.name()));
    }
    if (direction == Direction.EGRESS) {
      noTunnels(chain);
    }
    tiers(chain, direction, endpoint.tiers());
    profiles(chain, direction, endpoint.profiles());
    return chain;
  }

  /** What comes before the tiers of a tracked packet. */
  void begin(ChainBuilder chain) {
    if (config.dropInvalid()) {
      chain.deny("Invalid for conntrack", Match.ctState(CtState.INVALID));
    }
    undecide(chain);
  }

  void undecide(ChainBuilder chain) {
    int both = config.acceptMark() | config.passMark();
    chain.rule("Nothing decided yet", Match.setMark(both, 0));
  }

  /**
   * The policies that govern a direction, tier by tier.
   *
   * @param onAllowed what to do with a packet that one allows, besides returning
   */
  void tiers(ChainBuilder chain, Direction direction, List<TierPolicies> tiers, Expr... onAllowed) {
    for (TierPolicies tier : tiers) {
      List<StateKey.PolicyId> policies =
          direction == Direction.INGRESS ? tier.ingress() : tier.egress();
      if (!policies.isEmpty()) {
        tier(chain, direction, tier, policies, onAllowed);
      }
    }
  }

  /** The profiles, and the end: what nothing allowed is denied. */
  void profiles(ChainBuilder chain, Direction direction, List<StateKey.ProfileId> profiles) {
    for (StateKey.ProfileId profile : profiles) {
      jump(
          chain,
          "Profile(" + profile.name() + ")",
          ObjectNames.profile(policyLayer, direction, profile));
    }
    chain.deny("No policy or profile allowed it", Match.mark(config.acceptMark(), 0));
  }

  private void tier(
      ChainBuilder chain,
      Direction direction,
      TierPolicies tier,
      List<StateKey.PolicyId> policies,
      Expr... onAllowed) {
    PolicyList list = new PolicyList(policyLayer, direction, tier.tier(), policies);
    ChainKey key = list.key();
    lists.put(key, list);
    jump(chain, list.text(), key);
    chain.rule(
        "Allowed in tier " + tier.tier(),
        Match.all(Match.mark(config.acceptMark(), config.acceptMark()), List.of(onAllowed)),
        Match.giveBack());
    if (!tier.passByDefault()) {
      chain.deny("End of tier " + tier.tier() + ": no policy decided", undecided());
    }
    chain.rule("Passed on by tier " + tier.tier(), Match.setMark(config.passMark(), 0));
  }

  /** A chain that asks these in their turn. */
  static Rendering steps(Family family, RulesConfig config, ChainKey key, List<Step> steps) {
    EndpointChains chains = new EndpointChains(family, Layer.FILTER, config);
    ChainBuilder chain = chains.build();
    steps.forEach(step -> chains.jump(chain, step.text(), step.chain()));
    return new Rendering(Map.of(key, chain.chain()), chains.references);
  }

  private void jump(ChainBuilder chain, String text, ChainKey target) {
    references.add(target);
    chain.rule(text, undecided(), Match.jump(target.name()));
  }

  private List<Expr> undecided() {
    return Match.mark(config.acceptMark() | config.passMark(), 0);
  }

  /** A workload that sends packets of the host's own tunnels could speak as any other workload. */
  private void noTunnels(ChainBuilder chain) {
    if (config.vxlanPort() != 0) {
      chain.deny(
          "VXLAN from a workload", Match.all(Match.l4proto(UDP), Match.dport(config.vxlanPort())));
    }
    if (config.dropIpip()) {
      chain.deny("IP in IP from a workload", Match.l4proto(IPIP));
    }
  }
}
