package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the verbs that write the resources of a file have in common. */
abstract class WriteCommand implements Verb {
  private final Session session;
  private final String verb;
  private final String done;

  FileOptions files = new FileOptions();
  DatastoreOptions connection = new DatastoreOptions();

  WriteCommand(Session session, String verb, String done) {
    this.session = session;
    this.verb = verb;
    this.done = done;
  }

  /** Checks one resource against what is stored and what was planned before it. */
  abstract void plan(ResourceCommands commands, Resource<?> resource);

  /** Writes one resource. */
  abstract <S> void write(ResourceCommands commands, Resource<S> resource);

  @Override
  public void declare(Command command) {
    command.include(files).include(connection);
  }

  @Override
  public Integer call() {
    List<Input> inputs = new ArrayList<>(files.read(session, ResourceFiles.Check.ALL));
    if (inputs.isEmpty()) {
      session.out().println("No resources specified");
      return 0;
    }
    // Policies may come before their tier in a file, but need it to be there.
    inputs.sort(Comparator.comparing(i -> !i.resource().kind().equals(Kinds.TIER)));
    Outcome outcome =
        new Outcome(verb, done, inputs.stream().map(i -> i.resource().kind().name()).toList());
    try (Datastore datastore = connection.open(session)) {
      ResourceCommands commands = new ResourceCommands(datastore);
      commands.initialize(session.uuids());
      plan(commands, inputs);
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

  /**
   * Makes sure that all of the input can be written, before any of it is.
   *
   * @throws InputException with every resource that cannot
   */
  private void plan(ResourceCommands commands, List<Input> inputs) {
    List<String> problems = new ArrayList<>();
    Set<ResourceKey<?>> seen = new HashSet<>();
    for (Input input : inputs) {
      if (!seen.add(ResourceKey.of(input.resource()))) {
        session
            .err()
            .println(
                "Warning: "
                    + input.describe(
                        "the input has this resource more than once; each is written after the one before"));
      }
      try {
        plan(commands, input.resource());
      } catch (CommandException e) {
        problems.add(input.describe(e.getMessage()));
      }
    }
    if (!problems.isEmpty()) {
      throw new InputException(problems);
    }
  }
}
