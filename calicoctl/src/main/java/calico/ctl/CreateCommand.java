package calico.ctl;

import calico.cli.Command;
import calico.datastore.DatastoreException;
import calico.model.resource.Resource;

final class CreateCommand extends WriteCommand {
  boolean skipExists;

  CreateCommand(Session session) {
    super(session, "create", "created");
  }

  @Override
  public void declare(Command create) {
    create
        .description(
            "Create the resources of a file. A resource that exists is an error.",
            "Nothing is written unless all of the input is valid.")
        .flag("--skip-exists", "Leave resources that exist as they are.", () -> skipExists = true)
        .examples("calicoctl create -f pools.yaml", "calicoctl create -f pools.yaml --skip-exists");
    super.declare(create);
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
