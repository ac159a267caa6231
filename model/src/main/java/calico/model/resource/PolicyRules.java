package calico.model.resource;

import calico.model.schema.OnlyGlobal;
import calico.model.schema.Schema;
import calico.model.selector.Selector;
import calico.model.selector.SelectorSyntaxException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What holds between the fields of policies and profiles. */
final class PolicyRules {
  private PolicyRules() {}

  static void check(Kind<?> kind, PolicySpec p, Problems problems) {
    boolean global = !kind.namespaced();
    types(p, problems);
    if (global) {
      hostOnly(p, problems);
    } else {
      for (Schema.Field field : Schema.of(PolicySpec.class).fields()) {
        if (field.has(OnlyGlobal.class)) {
          absent(field.name(), field.get(p), kind, problems);
        }
      }
    }
    rules("ingress", p.ingress(), problems, global);
    rules("egress", p.egress(), problems, global);
    neverSelects("selector", p.selector(), problems);
    neverSelects("namespaceSelector", p.namespaceSelector(), problems);
    neverSelects("serviceAccountSelector", p.serviceAccountSelector(), problems);
  }

  static void check(Kind<?> kind, StagedPolicySpec staged, Problems problems) {
    if (staged.deletes()) {
      onlyFields(staged, Set.of("stagedAction", "tier"), problems);
    } else {
      check(kind, staged.policy(), problems);
    }
  }

  static void check(StagedKubernetesPolicySpec staged, Problems problems) {
    if ("Delete".equals(staged.stagedAction())) {
      onlyFields(staged, Set.of("stagedAction"), problems);
    }
  }

  /** With the action Delete nothing says what the policy would be. */
  private static void onlyFields(Record staged, Set<String> names, Problems problems) {
    ResourceCodec.encodeRecord(staged)
        .forEach(
            (name, value) ->
                problems.require(
                    names.contains(name) || Map.of().equals(value),
                    name,
                    value,
                    "must not be set if stagedAction is Delete"));
  }

  static void check(ProfileSpec p, Problems problems) {
    rules("ingress", p.ingress(), problems, false);
    rules("egress", p.egress(), problems, false);
  }

  private static void types(PolicySpec p, Problems problems) {
    List<String> types = Objects.requireNonNullElse(p.types(), List.of());
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < types.size(); i++) {
      problems.require(
          seen.add(types.get(i)), "types[" + i + "]", types.get(i), "stands there twice");
    }
    unusedRules("ingress", p.ingress(), "Ingress", types, problems);
    unusedRules("egress", p.egress(), "Egress", types, problems);
  }

  private static void unusedRules(
      String field, @Nullable List<Rule> rules, String type, List<String> types, Problems at) {
    if (rules != null && !rules.isEmpty() && !types.isEmpty() && !types.contains(type)) {
      at.warning(field, null, "these rules never match: types has no " + type);
    }
  }

  private static void hostOnly(PolicySpec p, Problems problems) {
    boolean preDnat = Boolean.TRUE.equals(p.preDNAT());
    boolean untracked = Boolean.TRUE.equals(p.doNotTrack());
    problems.require(
        !(preDnat && untracked), "preDNAT", true, "preDNAT and doNotTrack exclude each other");
    problems.require(
        !(preDnat || untracked) || Boolean.TRUE.equals(p.applyOnForward()),
        "applyOnForward",
        p.applyOnForward(),
        "must be true with preDNAT or doNotTrack");
    boolean egress =
        (p.egress() != null && !p.egress().isEmpty())
            || (p.types() != null && p.types().contains("Egress"));
    problems.require(
        !(preDnat && egress), "preDNAT", true, "a preDNAT policy has no egress rules and type");
  }

  private static void absent(
      String field, @Nullable Object value, Kind<?> kind, Problems problems) {
    boolean isSet = value != null && !value.equals(false) && !value.equals("");
    problems.require(!isSet, field, value, "only global policies have this, not a " + kind);
  }

  private static void rules(
      String field, @Nullable List<Rule> rules, Problems problems, boolean global) {
    for (int i = 0; rules != null && i < rules.size(); i++) {
      RuleRules.check(rules.get(i), field.equals("ingress"), global, problems.at(field, i));
      if (i > 0 && decidesAll(rules.get(i - 1))) {
        problems.warning(
            field + "[" + i + "]",
            null,
            "this and all further rules never match: the one before decides about every packet");
        return;
      }
    }
  }

  private static boolean decidesAll(Rule rule) {
    return !rule.action().equals("Log")
        && ResourceCodec.encodeRecord(rule).keySet().stream()
            .allMatch(k -> k.equals("action") || k.equals("metadata"));
  }

  static void neverSelects(String field, @Nullable String text, Problems problems) {
    if (text == null || text.isEmpty()) {
      return;
    }
    try {
      if (Satisfiable.never(Selector.parse(text))) {
        problems.warning(field, text, "the selector contradicts itself: it never matches");
      }
    } catch (SelectorSyntaxException _) {
      // reported with the field
    }
  }
}
