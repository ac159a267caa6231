package calico.felix.calc;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What policy does with a flow, and how it comes to that.
 *
 * @param steps in the order in which they are taken; egress of the source, then ingress of the
 *     destination
 */
public record Decision(boolean allowed, List<Step> steps) {

  /** Which of an endpoint's two sets of rules. */
  public enum Direction {
    INGRESS,
    EGRESS
  }

  /** What a step does with the flow. */
  public enum Effect {
    ALLOW,
    DENY,
    /** Goes on: to the next tier, from the last tier to the profiles. */
    PASS,
    /** Is logged and goes on to the next rule. */
    LOG,
    /** Goes on: no rule of this policy or profile matches. */
    NO_MATCH
  }

  /**
   * One step.
   *
   * @param endpoint {@code namespace/workload/endpoint}, {@code host endpoint NAME} and what kind
   *     of its policies, or an address
   * @param place what acts: a rule of a policy or profile, a tier's default, or a reason in words
   * @param notes what each rule asked for in vain, and what the one asked that matched
   */
  public record Step(
      Direction direction, String endpoint, Place place, Effect effect, List<String> notes) {
    @Override
    public String toString() {
      return (direction == Direction.EGRESS ? "egress of " : "ingress of ")
          + endpoint
          + ": "
          + place
          + ": "
          + (effect == Effect.NO_MATCH
              ? "no rule matches"
              : effect.name().toLowerCase(Locale.ROOT));
    }
  }

  /** What acts in a step. */
  public sealed interface Place {
    /**
     * A policy.
     *
     * @param rule counted from 0; null if none matches
     */
    record OfPolicy(String tier, String policy, @Nullable Integer rule) implements Place {
      @Override
      public String toString() {
        return "tier " + tier + ", " + policy + (rule == null ? "" : ", rule " + rule);
      }
    }

    /** The default of a tier, none of whose policies decided. */
    record OfTier(String tier) implements Place {
      @Override
      public String toString() {
        return "tier " + tier + ", no policy decided, tier default";
      }
    }

    /**
     * A profile.
     *
     * @param rule counted from 0; null if none matches
     */
    record OfProfile(String profile, @Nullable Integer rule) implements Place {
      @Override
      public String toString() {
        return "profile " + profile + (rule == null ? "" : ", rule " + rule);
      }
    }

    /** Something else, in words. */
    record Because(String reason) implements Place {
      @Override
      public String toString() {
        return reason;
      }
    }
  }

  /** The verdict, then one line for each step, and below it one for each note. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(allowed ? "allowed" : "denied");
    for (Step step : steps) {
      out.append("\n  ").append(step);
      step.notes().forEach(note -> out.append("\n      ").append(note));
    }
    return out.toString();
  }
}
