package calico.ctl;

import calico.datastore.DatastoreException;
import calico.model.resource.Resource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "create",
    description = {
      "Create the resources of a file. A resource that exists is an error.",
      "",
      "Nothing is written unless all of the input is valid."
    },
    footer = {
      "",
      "Examples:",
      "  calicoctl create -f pools.yaml",
      "  calicoctl create -f pools.yaml --skip-exists"
    })
final class CreateCommand extends WriteCommand {
  @Option(names = "--skip-exists", description = "Leave resources that exist as they are.")
  boolean skipExists;

  CreateCommand(Session session) {
    super(session, "create", "created");
  }

  @Override
  void write(ResourceCommands commands, Resource<?> resource) {
    try {
      commands.create(resource);
    } catch (DatastoreException.AlreadyExists e) {
      if (!skipExists) {
        throw e;
      }
    }
  }
}
