package calico.ctl;

import calico.cli.Command;
import calico.model.resource.Resource;

final class ReplaceCommand extends WriteCommand {
  ReplaceCommand(Session session) {
    super(session, "replace", "replaced");
  }

  @Override
  public void declare(Command replace) {
    replace
        .description(
            "Update the resources of a file. A resource that does not exist is an error.",
            "Nothing is written unless all of the input is valid.")
        .examples("calicoctl replace -f policy.yaml");
    super.declare(replace);
  }

  @Override
  void write(ResourceCommands commands, Resource<?> resource) {
    commands.replace(resource);
  }
}
