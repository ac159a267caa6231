package calico.model.resource;

import calico.model.schema.OnlyGlobal;
import calico.model.schema.Schema;
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
    if (!global) {
      for (Schema.Field field : Schema.of(PolicySpec.class).fields()) {
        if (field.has(OnlyGlobal.class)) {
          absent(field.name(), field.get(p), kind, problems);
        }
      }
    }
    rules("ingress", p.ingress(), problems, global);
    rules("egress", p.egress(), problems, global);
    problems.warnings(
        at -> {
          SelectorWarnings.check("selector", p.selector(), at);
          SelectorWarnings.check("namespaceSelector", p.namespaceSelector(), at);
          SelectorWarnings.check("serviceAccountSelector", p.serviceAccountSelector(), at);
          shadowed("ingress", p.ingress(), at);
          shadowed("egress", p.egress(), at);
        });
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
    List<StagedKubernetesPolicySpec.IngressRule> ingress = staged.ingress();
    for (int i = 0; ingress != null && i < ingress.size(); i++) {
      ports(ingress.get(i).ports(), problems.at("ingress", i));
    }
    List<StagedKubernetesPolicySpec.EgressRule> egress = staged.egress();
    for (int i = 0; egress != null && i < egress.size(); i++) {
      ports(egress.get(i).ports(), problems.at("egress", i));
    }
  }

  private static void ports(
      @Nullable List<StagedKubernetesPolicySpec.PolicyPort> ports, Problems problems) {
    for (int i = 0; ports != null && i < ports.size(); i++) {
      Port first = ports.get(i).port();
      Integer last = ports.get(i).endPort();
      problems
          .at("ports", i)
          .require(
              last == null || (first != null && first.name() == null && first.min() <= last),
              "endPort",
              last,
              "needs a numeric port that is not above it");
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
    if (p.labelsToApply() != null) {
      MetadataRules.labels(p.labelsToApply(), problems.at("labelsToApply"));
    }
    rules("ingress", p.ingress(), problems, false);
    rules("egress", p.egress(), problems, false);
    problems.warnings(
        at -> {
          shadowed("ingress", p.ingress(), at);
          shadowed("egress", p.egress(), at);
        });
  }

  private static void types(PolicySpec p, Problems problems) {
    List<String> types = Objects.requireNonNullElse(p.types(), List.of());
    unusedRules("ingress", p.ingress(), "Ingress", types, problems);
    unusedRules("egress", p.egress(), "Egress", types, problems);
  }

  private static void unusedRules(
      String field, @Nullable List<Rule> rules, String type, List<String> types, Problems at) {
    if (rules != null && !rules.isEmpty() && !types.isEmpty() && !types.contains(type)) {
      at.warning(field, null, "these rules never match: types has no " + type);
    }
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
    }
  }

  private static void shadowed(String field, @Nullable List<Rule> rules, Problems problems) {
    Shadowing shadowing = new Shadowing();
    for (int i = 0; rules != null && i < rules.size(); i++) {
      Rule rule = rules.get(i);
      int earlier =
          shadowing.add(ResourceCodec.encodeRecord(rule), i, !rule.action().equals("Log"));
      if (earlier >= 0) {
        problems
            .at(field, i)
            .warning(
                "",
                null,
                "never matches: rule %d decides about every packet that it would match"
                    .formatted(earlier));
      }
    }
  }
}
