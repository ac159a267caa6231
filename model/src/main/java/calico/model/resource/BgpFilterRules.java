package calico.model.resource;

import calico.model.Cidr;
import calico.model.Family;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What holds between the fields of BGP filters. */
final class BgpFilterRules {
  private static final int MOST = 10;

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
    for (int i = 0; rules != null && i < rules.size(); i++) {
      rule(rules.get(i), family, problems.at(field, i));
    }
  }

  private static void rule(BgpFilterSpec.FilterRule rule, Family family, Problems problems) {
    boolean hasCidr = isSet(rule.cidr());
    problems.require(
        hasCidr == isSet(rule.matchOperator()),
        "matchOperator",
        rule.matchOperator(),
        "cidr and matchOperator need each other");
    Cidr cidr = rule.cidr() == null ? null : Cidr.tryParse(rule.cidr());
    problems.require(
        cidr == null || cidr.family() == family,
        "cidr",
        rule.cidr(),
        "expected an IPv" + family.version() + " prefix");
    if (rule.prefixLength() != null) {
      problems.require(hasCidr, "prefixLength", null, "only with a cidr");
      Problems at = problems.at("prefixLength");
      length("min", rule.prefixLength().min(), family, at);
      length("max", rule.prefixLength().max(), family, at);
    }
    if (rule.communities() != null) {
      List<String> values = rule.communities().values();
      problems
          .at("communities")
          .require(values.size() == 1, "values", values.size(), "expected exactly one");
      values.forEach(v -> community("values[0]", v, problems.at("communities")));
    }
    List<BgpFilterSpec.Operation> operations = rule.operations();
    if (operations != null && !operations.isEmpty()) {
      problems.require(
          rule.action().equals("Accept"),
          "operations",
          null,
          "only routes that are accepted can be changed");
      problems.require(operations.size() <= MOST, "operations", operations.size(), "at most 10");
      for (int i = 0; i < operations.size(); i++) {
        operation(operations.get(i), problems.at("operations", i));
      }
    }
  }

  private static void operation(BgpFilterSpec.Operation operation, Problems problems) {
    int set =
        (operation.addCommunity() == null ? 0 : 1)
            + (operation.prependASPath() == null ? 0 : 1)
            + (operation.setPriority() == null ? 0 : 1);
    problems.require(
        set == 1, "", null, "set exactly one of addCommunity, prependASPath and setPriority");
    if (operation.addCommunity() != null) {
      community("value", operation.addCommunity().value(), problems.at("addCommunity"));
    }
    if (operation.prependASPath() != null) {
      int n = operation.prependASPath().prefix().size();
      problems.at("prependASPath").require(n <= MOST, "prefix", n, "at most 10");
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

  private static boolean isSet(@Nullable String text) {
    return text != null && !text.isEmpty();
  }
}
