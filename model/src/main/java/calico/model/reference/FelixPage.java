package calico.model.reference;

import calico.model.GoDuration;
import calico.model.config.FelixParameters;
import calico.model.config.NumberRange;
import calico.model.config.Parameter;
import calico.model.config.UnusedParameters;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Felix's parameters: the fields of a FelixConfiguration and what can only be set locally. */
final class FelixPage {
  private FelixPage() {}

  static String fields() {
    StringBuilder out = new StringBuilder();
    out.append(
        """

        A parameter can be set, in falling precedence, in the environment (`FELIX_` and its name), in
        the configuration file (by its name), in the FelixConfiguration `node.NAME`, in one whose
        nodeSelector selects the node, and in the FelixConfiguration `default`. In the environment and
        the file `none` is the empty value.

        An annotation `config.projectcalico.org/NAME` of a FelixConfiguration takes the place of the
        field of that parameter in it. Its value is text as in the environment, and checked only by
        Felix: one that cannot be used is ignored with a warning, and so is the field.

        ## spec

        | Field | Name | Environment | Value | Default | Unit | Meaning |
        |---|---|---|---|---|---|---|
        """);
    FelixParameters.all().forEach(p -> out.append(row(p)));
    out.append("\nWithout a field: can only be set locally. A unit is that of a bare number.\n");
    out.append("The field `nodeSelector` selects the nodes for which the others hold, by their");
    out.append(" labels. Of several that select a node the oldest counts, alone.\n\n");
    out.append("## Kept, without effect in this version\n\n");
    out.append("| Field | Name | Environment | Value | Default | Unit | Meaning |\n");
    out.append("|---|---|---|---|---|---|---|\n");
    UnusedParameters.all().forEach(p -> out.append(row(p)));
    return out.toString();
  }

  private static String row(Parameter<?> p) {
    return "| %s | `%s` | `FELIX_%s` | %s | %s | %s | %s |\n"
        .formatted(
            code(p.fieldName()),
            p.name(),
            p.name().toUpperCase(Locale.ROOT),
            KindPage.cell(p.type().expected()),
            code(KindPage.cell(value(p.defaultValue()))),
            p.unit(),
            KindPage.cell(p.doc()));
  }

  private static String code(String text) {
    return text.isEmpty() ? "" : "`" + text + "`";
  }

  /** A value in the form in which it is written. */
  static String value(Object value) {
    return switch (value) {
      case Optional<?> optional -> optional.map(FelixPage::value).orElse("");
      case List<?> list -> String.join(",", list.stream().map(FelixPage::value).toList());
      case Duration duration -> GoDuration.print(duration);
      case Map<?, ?> map when map.isEmpty() -> "";
      case NumberRange range -> range.min() + "-" + range.max();
      case Long mask -> "0x" + Long.toHexString(mask);
      case Pattern pattern -> unquoted(pattern.pattern());
      default -> value.toString();
    };
  }

  /** An interface's name that stands for itself. */
  private static String unquoted(String pattern) {
    return pattern.startsWith("^\\Q") && pattern.endsWith("\\E$")
        ? pattern.substring(3, pattern.length() - 3)
        : pattern;
  }
}
