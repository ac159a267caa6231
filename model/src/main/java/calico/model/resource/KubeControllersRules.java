package calico.model.resource;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** What holds between the templates of host endpoints. */
final class KubeControllersRules {
  private KubeControllersRules() {}

  static void check(KubeControllersConfigurationSpec spec, Problems problems) {
    if (spec.controllers() == null
        || spec.controllers().node() == null
        || spec.controllers().node().hostEndpoint() == null
        || spec.controllers().node().hostEndpoint().templates() == null) {
      return;
    }
    Problems at = problems.at("controllers").at("node").at("hostEndpoint");
    List<KubeControllersConfigurationSpec.Template> templates =
        spec.controllers().node().hostEndpoint().templates();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < templates.size(); i++) {
      template(templates.get(i), names, at.at("templates", i));
    }
  }

  private static void template(
      KubeControllersConfigurationSpec.Template template, Set<String> names, Problems problems) {
    String name = template.generateName();
    if (!isSet(name)) {
      problems.warning("generateName", null, "without a name it makes no host endpoint");
    } else if (!names.add(name)) {
      problems.warning(
          "generateName", name, "another template has the same name, so that host endpoints would");
    }
    String pattern = template.interfacePattern();
    List<String> cidrs = template.interfaceCIDRs();
    if (!isSet(pattern) && (cidrs == null || cidrs.isEmpty())) {
      problems.warning("interfacePattern", null, "set this, interfaceCIDRs or both");
    }
    if (template.labels() != null) {
      MetadataRules.labels(template.labels(), problems.at("labels"));
    }
    if (template.annotations() != null) {
      MetadataRules.annotations(template.annotations(), problems);
    }
    if (pattern != null) {
      try {
        Pattern.compile(pattern);
      } catch (PatternSyntaxException e) {
        problems.error(
            "interfacePattern", pattern, "not a regular expression: " + e.getDescription());
      }
    }
  }

  private static boolean isSet(@Nullable String text) {
    return text != null && !text.isEmpty();
  }
}
