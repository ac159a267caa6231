package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.resource.Resource;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** What the verbs that write the resources of a file have in common. */
abstract class WriteCommand implements Callable<Integer> {
  private final Session session;
  private final String verb;
  private final String done;

  @Mixin FileOptions files = new FileOptions();
  @Mixin DatastoreOptions connection = new DatastoreOptions();

  WriteCommand(Session session, String verb, String done) {
    this.session = session;
    this.verb = verb;
    this.done = done;
  }

  /** Writes one resource. */
  abstract <S> void write(ResourceCommands commands, Resource<S> resource);

  @Override
  public Integer call() {
    List<Input> inputs = files.read(session, ResourceFiles.Check.ALL);
    if (inputs.isEmpty()) {
      session.out().println("No resources specified");
      return 0;
    }
    Outcome outcome =
        new Outcome(verb, done, inputs.stream().map(i -> i.resource().kind().name()).toList());
    try (Datastore datastore = session.connect(connection.config)) {
      ResourceCommands commands = new ResourceCommands(datastore);
      commands.initialize(session.uuids());
      for (Input input : inputs) {
        try {
          write(commands, input.resource());
          outcome.success();
        } catch (DatastoreException.Unavailable e) {
          outcome.failure(input.describe(e.getMessage()));
          break; // the next one would only wait for the same
        } catch (DatastoreException | CommandException e) {
          outcome.failure(input.describe(e.getMessage()));
        }
      }
    }
    return outcome.report(session.out(), session.err());
  }
}
