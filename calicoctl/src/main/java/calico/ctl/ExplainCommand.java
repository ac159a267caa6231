package calico.ctl;

import calico.model.reference.Explanation;
import calico.model.resource.Kind;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "explain",
    description =
        "Print what the fields of a kind mean, which values they take and their defaults.",
    footer = {
      "",
      "Examples:",
      "  calicoctl explain ippool",
      "  calicoctl explain gnp.spec.ingress.source",
      "  calicoctl explain bgpconfig.spec --recursive"
    })
final class ExplainCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(
      index = "0",
      paramLabel = "KIND[.FIELD...]",
      description = "Such as ippool, ippool.spec.cidr.")
  String path = "";

  @Option(names = "--recursive", description = "Print the names of all fields below, as a tree.")
  boolean recursive;

  ExplainCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    String[] parts = path.split("\\.", -1);
    Kind<?> kind = Target.kind(parts[0]);
    Explanation at = Explanation.of(kind);
    for (int i = 1; i < parts.length; i++) {
      Explanation below = at.field(parts[i]);
      if (below == null) {
        throw new CommandException(
            at.fields().isEmpty()
                ? "%s has no fields: it is %s".formatted(at.name(), at.value())
                : "%s has no field '%s': choose from %s"
                    .formatted(
                        at.name(),
                        parts[i],
                        String.join(", ", at.fields().stream().map(Explanation::name).toList())));
      }
      at = below;
    }
    session.out().print(text(kind, at));
    return 0;
  }

  private String text(Kind<?> kind, Explanation at) {
    StringBuilder out = new StringBuilder();
    out.append("KIND:       ").append(kind).append("\nVERSION:    ").append(Kind.API_VERSION);
    out.append('\n');
    if (!at.name().equals(kind.name())) {
      out.append("FIELD:      ").append(at.name()).append(" <").append(at.value()).append(">\n");
    }
    if (at.required()) {
      out.append("REQUIRED:   yes\n");
    }
    if (!at.byDefault().isEmpty()) {
      out.append("DEFAULT:    ").append(at.byDefault()).append('\n');
    }
    if (!at.doc().isEmpty()) {
      out.append("\n").append(at.doc()).append('\n');
    }
    if (!at.fields().isEmpty()) {
      out.append("\nFIELDS:\n");
      at.fields().forEach(f -> field(f, "  ", out));
    }
    return out.toString();
  }

  private void field(Explanation field, String indent, StringBuilder out) {
    out.append(indent).append(field.name()).append(" <").append(field.value()).append('>');
    out.append(field.required() ? " required" : "");
    out.append(field.byDefault().isEmpty() ? "" : " default: " + field.byDefault()).append('\n');
    if (recursive) {
      field.fields().forEach(f -> field(f, indent + "  ", out));
    } else if (!field.doc().isEmpty()) {
      out.append(indent).append("    ").append(field.doc()).append("\n\n");
    }
  }
}
