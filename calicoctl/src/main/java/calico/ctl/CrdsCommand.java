package calico.ctl;

import calico.model.crd.ApiGroup;
import calico.model.crd.CrdGenerator;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "crds",
    description = "Print the custom resource definitions of all kinds, for 'kubectl apply -f -'.",
    footer = {
      "",
      "Examples:",
      "  calicoctl crds | kubectl apply -f -",
      "  calicoctl crds --group=crd.projectcalico.org/v1"
    })
final class CrdsCommand implements Callable<Integer> {
  private final Session session;

  @Option(
      names = "--group",
      paramLabel = "GROUP",
      defaultValue = "projectcalico.org/v3",
      description = "projectcalico.org/v3 (default) or crd.projectcalico.org/v1.")
  String group = "";

  CrdsCommand(Session session) {
    this.session = session;
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
