package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.model.crd.ApiGroup;
import calico.model.crd.CrdGenerator;
import java.util.Arrays;
import java.util.List;

final class CrdsCommand implements Verb {
  private final Session session;

  String group = "projectcalico.org/v3";

  CrdsCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command crds) {
    crds.description(
            "Print the custom resource definitions of all kinds, for 'kubectl apply -f -'.")
        .option(
            "--group=GROUP",
            "projectcalico.org/v3 (default) or crd.projectcalico.org/v1.",
            v -> group = v)
        .examples(
            "calicoctl crds | kubectl apply -f -",
            "calicoctl crds --group=crd.projectcalico.org/v1");
  }

  @Override
  public Integer call() {
    for (ApiGroup known : ApiGroup.values()) {
      if (group.equals(known.toString()) || group.equals(known.group())) {
        session.out().print(new CrdGenerator(known).yaml());
        return 0;
      }
    }
    List<String> groups = Arrays.stream(ApiGroup.values()).map(ApiGroup::toString).toList();
    throw new CommandException(
        "--group='%s': choose from %s".formatted(group, String.join(", ", groups)));
  }
}
