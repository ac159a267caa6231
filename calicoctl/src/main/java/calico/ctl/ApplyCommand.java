package calico.ctl;

import calico.cli.Command;
import calico.model.resource.Resource;

final class ApplyCommand extends WriteCommand {
  ApplyCommand(Session session) {
    super(session, "apply", "applied");
  }

  @Override
  public void declare(Command apply) {
    apply
        .description(
            "Create the resources of a file, or update those that exist.",
            "An update replaces spec, labels and annotations. If a resource has a resourceVersion, it is"
                + " updated only if it has not changed since. Nothing is written unless all of the input"
                + " is valid.")
        .examples(
            "calicoctl apply -f policy.yaml",
            "calicoctl apply -f cluster.d -R",
            "cat policy.json | calicoctl apply -f - -n shop");
    super.declare(apply);
  }

  @Override
  void write(ResourceCommands commands, Resource<?> resource) {
    commands.apply(resource);
  }
}
