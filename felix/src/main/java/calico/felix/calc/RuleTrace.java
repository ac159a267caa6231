package calico.felix.calc;

import calico.felix.calc.Decision.Direction;
import calico.felix.calc.Decision.Effect;
import calico.felix.calc.Decision.Place;
import calico.felix.calc.Decision.Step;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateKey;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The way through one direction of one endpoint's rules, recorded step by step. */
final class RuleTrace {
  private final List<Step> steps;
  private final Direction direction;
  private final String name;
  private final Packet packet;
  private final Map<StateKey<?>, Object> state;

  /**
   * Begins nothing yet.
   *
   * @param steps to which steps are added
   * @param name of the endpoint, for people
   * @param state of the endpoint's node
   */
  RuleTrace(
      List<Step> steps,
      Direction direction,
      String name,
      Packet packet,
      Map<StateKey<?>, Object> state) {
    this.steps = steps;
    this.direction = direction;
    this.name = name;
    this.packet = packet;
    this.state = state;
  }

  /** Policies, then profiles, then the end. */
  boolean passes(List<TierPolicies> tiers, List<StateKey.ProfileId> profiles) {
    Effect byTiers = tiers(tiers);
    if (byTiers != Effect.PASS) {
      return byTiers == Effect.ALLOW;
    }
    for (StateKey.ProfileId profile : profiles) {
      ProfileRules rules = (ProfileRules) state.get(profile);
      List<ResolvedRule> list =
          rules == null
              ? List.of()
              : direction == Direction.EGRESS ? rules.egress() : rules.ingress();
      Effect effect = rules(list, rule -> new Place.OfProfile(profile.name(), rule));
      if (effect == Effect.ALLOW || effect == Effect.DENY) {
        return effect == Effect.ALLOW;
      }
    }
    return step(new Place.Because("no policy or profile decided"), Effect.DENY);
  }

  /** Allow, deny, or pass: no tier decided. */
  Effect tiers(List<TierPolicies> tiers) {
    for (TierPolicies tier : tiers) {
      var policies = direction == Direction.EGRESS ? tier.egress() : tier.ingress();
      Effect effect = policies.isEmpty() ? Effect.PASS : tier(tier, policies);
      if (effect != Effect.PASS) {
        return effect;
      }
    }
    return Effect.PASS;
  }

  private Effect tier(TierPolicies tier, List<StateKey.PolicyId> policies) {
    for (StateKey.PolicyId id : policies) {
      if (!(state.get(id) instanceof Policy policy)) {
        throw new IllegalStateException(name + " refers to " + id + ", which is not there");
      }
      Effect effect =
          rules(
              direction == Direction.EGRESS ? policy.egress() : policy.ingress(),
              rule -> new Place.OfPolicy(tier.tier(), id.toString(), rule));
      if (effect != Effect.NO_MATCH) {
        return effect;
      }
    }
    Effect effect = tier.passByDefault() ? Effect.PASS : Effect.DENY;
    step(new Place.OfTier(tier.tier()), effect);
    return effect;
  }

  private Effect rules(List<ResolvedRule> rules, PlaceOfRule place) {
    for (int i = 0; i < rules.size(); i++) {
      if (packet.matches(rules.get(i), state)) {
        Effect effect =
            switch (rules.get(i).action()) {
              case ALLOW -> Effect.ALLOW;
              case DENY -> Effect.DENY;
              case PASS -> Effect.PASS;
              case LOG -> Effect.LOG;
            };
        step(place.of(i), effect);
        if (effect != Effect.LOG) {
          return effect;
        }
      }
    }
    step(place.of(null), Effect.NO_MATCH);
    return Effect.NO_MATCH;
  }

  /** Records a step; returns whether it lets the flow pass if it is the last. */
  boolean step(Place place, Effect effect) {
    steps.add(new Step(direction, name, place, effect));
    return effect == Effect.ALLOW;
  }

  private interface PlaceOfRule {
    Place of(@Nullable Integer rule);
  }
}
