package calico.ctl;

import calico.model.resource.Resource;
import picocli.CommandLine.Command;

@Command(
    name = "replace",
    description = {
      "Update the resources of a file. A resource that does not exist is an error.",
      "",
      "Nothing is written unless all of the input is valid."
    },
    footer = {"", "Examples:", "  calicoctl replace -f policy.yaml"})
final class ReplaceCommand extends WriteCommand {
  ReplaceCommand(Session session) {
    super(session, "replace", "replaced");
  }

  @Override
  void write(ResourceCommands commands, Resource<?> resource) {
    commands.replace(resource);
  }
}
