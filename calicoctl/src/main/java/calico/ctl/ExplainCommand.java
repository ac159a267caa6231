package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.model.reference.Explanation;
import calico.model.resource.Kind;

final class ExplainCommand implements Verb {
  private final Session session;

  String path = "";
  boolean recursive;

  ExplainCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command explain) {
    explain
        .description(
            "Print what the fields of a kind mean, which values they take and their defaults.")
        .parameter("KIND[.FIELD...]", "Such as ippool, ippool.spec.cidr.", v -> path = v)
        .flag(
            "--recursive",
            "Print the names of all fields below, as a tree.",
            () -> recursive = true)
        .examples(
            "calicoctl explain ippool",
            "calicoctl explain gnp.spec.ingress.source",
            "calicoctl explain bgpconfig.spec --recursive");
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
