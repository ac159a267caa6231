package calico.model.resource;

import calico.model.Cidr;
import calico.model.Family;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What holds between the fields of BGP filters. */
final class BgpFilterRules {
  private BgpFilterRules() {}

  static void check(BgpFilterSpec filter, Problems problems) {
    rules("exportV4", filter.exportV4(), Family.IPV4, problems);
    rules("importV4", filter.importV4(), Family.IPV4, problems);
    rules("exportV6", filter.exportV6(), Family.IPV6, problems);
    rules("importV6", filter.importV6(), Family.IPV6, problems);
  }

  private static void rules(
      String field,
      @Nullable List<BgpFilterSpec.FilterRule> rules,
      Family family,
      Problems problems) {
    Shadowing shadowing = new Shadowing();
    for (int i = 0; rules != null && i < rules.size(); i++) {
      int earlier = shadowing.add(ResourceCodec.encodeRecord(rules.get(i)), i, true);
      if (earlier >= 0) {
        problems.warning(
            field + "[" + i + "]",
            null,
            "never matches: rule %d decides about every route that it would match"
                .formatted(earlier));
      }
      rule(rules.get(i), family, problems.at(field, i));
    }
  }

  private static void rule(BgpFilterSpec.FilterRule rule, Family family, Problems problems) {
    Cidr cidr = rule.cidr() == null ? null : Cidr.tryParse(rule.cidr());
    problems.require(
        cidr == null || cidr.family() == family,
        "cidr",
        rule.cidr(),
        "expected an IPv" + family.version() + " prefix");
    if (rule.prefixLength() != null) {
      Problems at = problems.at("prefixLength");
      length("min", rule.prefixLength().min(), family, at);
      length("max", rule.prefixLength().max(), family, at);
    }
    if (rule.communities() != null) {
      List<String> values = rule.communities().values();
      values.forEach(v -> community("values[0]", v, problems.at("communities")));
    }
    List<BgpFilterSpec.Operation> operations = rule.operations();
    for (int i = 0; operations != null && i < operations.size(); i++) {
      BgpFilterSpec.AddCommunity added = operations.get(i).addCommunity();
      if (added != null) {
        community("value", added.value(), problems.at("operations", i).at("addCommunity"));
      }
    }
  }

  private static void community(String field, String value, Problems problems) {
    problems.require(
        BgpRules.isCommunity(value) || !BgpRules.isForm(value),
        field,
        value,
        "a number is too large");
  }

  private static void length(
      String field, @Nullable Integer length, Family family, Problems problems) {
    problems.require(
        length == null || length <= family.bits(),
        field,
        length,
        "an IPv" + family.version() + " prefix has at most " + family.bits() + " bits");
  }
}
