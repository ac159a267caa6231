package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.StateKey;
import calico.model.Family;
import calico.netlink.nftables.CtState;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Match;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The chain of one endpoint and direction: its tiers' policies, its profiles, deny. Returns with
 * the accept mark if the traffic is allowed; else denies.
 *
 * <p>Every policy after the first is tried only while neither mark is set, so that a decision skips
 * the rest of its tier; a tier begins with the pass mark cleared.
 */
final class EndpointChains {
  private static final int UDP = 17;
  private static final int IPIP = 4;

  private final Family family;
  private final RulesConfig config;
  private final Set<NftKey> references = new HashSet<>();

  EndpointChains(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
  }

  /** Chains that the rendered chains jump to. */
  Set<NftKey> references() {
    return references;
  }

  NftChain chain(Direction direction, LocalEndpoint endpoint) {
    ChainBuilder chain = new ChainBuilder(family, config);
    if (config.dropInvalid()) {
      chain.deny("Invalid for conntrack", Match.ctState(CtState.INVALID));
    }
    int both = config.acceptMark() | config.passMark();
    chain.rule("Nothing decided yet", Match.setMark(both, 0));
    if (direction == Direction.EGRESS) {
      noTunnels(chain);
    }
    for (TierPolicies tier : endpoint.tiers()) {
      List<StateKey.PolicyId> policies =
          direction == Direction.INGRESS ? tier.ingress() : tier.egress();
      if (!policies.isEmpty()) {
        tier(chain, direction, tier, policies);
      }
    }
    for (StateKey.ProfileId profile : endpoint.profiles()) {
      jump(chain, "Profile(" + profile.name() + ")", ObjectNames.profile(direction, profile));
    }
    chain.deny("No policy or profile allowed it", Match.mark(config.acceptMark(), 0));
    return chain.chain();
  }

  private void tier(
      ChainBuilder chain,
      Direction direction,
      TierPolicies tier,
      List<StateKey.PolicyId> policies) {
    for (StateKey.PolicyId policy : policies) {
      jump(chain, policy + " in tier " + tier.tier(), ObjectNames.policy(direction, policy));
    }
    chain.rule(
        "Allowed in tier " + tier.tier(),
        Match.mark(config.acceptMark(), config.acceptMark()),
        Match.giveBack());
    if (!tier.passByDefault()) {
      chain.deny("End of tier " + tier.tier() + ": no policy decided", undecided());
    }
    chain.rule("Passed on by tier " + tier.tier(), Match.setMark(config.passMark(), 0));
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
