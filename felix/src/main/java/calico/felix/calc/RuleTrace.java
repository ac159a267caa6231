package calico.felix.calc;

import calico.felix.calc.Decision.Direction;
import calico.felix.calc.Decision.Effect;
import calico.felix.calc.Decision.Place;
import calico.felix.calc.Decision.Step;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateKey;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The way through one direction of one endpoint's rules, recorded step by step. */
final class RuleTrace {
  private final List<Step> steps;
  private final Direction direction;
  private final String name;
  private final Packet packet;
  private final Resolver resolver;

  /**
   * Begins nothing yet.
   *
   * @param steps to which steps are added
   * @param name of the endpoint, for people
   */
  RuleTrace(List<Step> steps, Direction direction, String name, Packet packet, Resolver resolver) {
    this.steps = steps;
    this.direction = direction;
    this.name = name;
    this.packet = packet;
    this.resolver = resolver;
  }

  /** Policies, then profiles, then the end. */
  boolean passes(List<TierPolicies> tiers, List<StateKey.ProfileId> profiles) {
    Effect byTiers = tiers(tiers);
    if (byTiers != Effect.PASS) {
      return byTiers == Effect.ALLOW;
    }
    for (StateKey.ProfileId profile : profiles) {
      Effect effect =
          rules(resolver.rules(profile), rule -> new Place.OfProfile(profile.name(), rule));
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
      Effect effect =
          rules(resolver.rules(id), rule -> new Place.OfPolicy(tier.tier(), id.toString(), rule));
      if (effect != Effect.NO_MATCH) {
        return effect;
      }
    }
    Effect effect = tier.passByDefault() ? Effect.PASS : Effect.DENY;
    step(new Place.OfTier(tier.tier()), effect);
    return effect;
  }

  private Effect rules(RuleResolution resolution, PlaceOfRule place) {
    List<ResolvedRule> rules =
        direction == Direction.EGRESS ? resolution.egress() : resolution.ingress();
    TracedSets sets = new TracedSets(resolver, resolution.sets());
    List<String> notes = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      List<Criterion> criteria = packet.criteria(rules.get(i), sets);
      Criterion missing = Packet.missing(criteria);
      if (missing != null) {
        notes.add("rule " + i + " needs: " + missing.text());
        continue;
      }
      Effect effect =
          switch (rules.get(i).action()) {
            case ALLOW -> Effect.ALLOW;
            case DENY -> Effect.DENY;
            case PASS -> Effect.PASS;
            case LOG -> Effect.LOG;
          };
      if (!criteria.isEmpty()) {
        notes.add("rule " + i + " matches: " + text(criteria));
      }
      steps.add(new Step(direction, name, place.of(i), effect, List.copyOf(notes)));
      notes.clear();
      if (effect != Effect.LOG) {
        return effect;
      }
    }
    steps.add(new Step(direction, name, place.of(null), Effect.NO_MATCH, List.copyOf(notes)));
    return Effect.NO_MATCH;
  }

  private static String text(List<Criterion> criteria) {
    return criteria.stream().map(Criterion::text).collect(Collectors.joining(", "));
  }

  /** Records a step; returns whether it lets the flow pass if it is the last. */
  boolean step(Place place, Effect effect) {
    steps.add(new Step(direction, name, place, effect, List.of()));
    return effect == Effect.ALLOW;
  }

  private interface PlaceOfRule {
    Place of(@Nullable Integer rule);
  }
}
