package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.List;

/** What the verbs that write the resources of a file have in common. */
abstract class WriteCommand implements Verb {
  private final Session session;
  private final String verb;
  private final String done;

  FileOptions files = new FileOptions();
  BatchOptions batch = new BatchOptions();
  DatastoreOptions connection = new DatastoreOptions();

  WriteCommand(Session session, String verb, String done) {
    this.session = session;
    this.verb = verb;
    this.done = done;
  }

  /** Writes one resource. */
  abstract void write(ResourceCommands commands, Resource<?> resource);

  @Override
  public void declare(Command command) {
    command.include(files).include(batch).include(connection);
  }

  @Override
  public Integer call() {
    Batch.OnError onError = batch.onError();
    List<Input> inputs = files.read(session, ResourceFiles.Check.ALL);
    if (inputs.isEmpty()) {
      session.out().println("No resources specified");
      return 0;
    }
    InputWriter writer = new InputWriter(session, inputs, this::write);
    writer.warnOfRepetition();
    try (Datastore datastore = connection.open(session)) {
      if (!batch.dryRun.asked) {
        return outcome(inputs, writer.write(datastore, onError));
      }
      Rehearsal rehearsal = new Rehearsal(datastore);
      new ResourceCommands(rehearsal).initialize(session.uuids());
      List<Batch.Result> results = writer.rehearse(rehearsal, onError);
      List<ResourceKey<?>> possible = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        if (results.get(i) instanceof Batch.Result.Done) {
          possible.add(inputs.get(i).key());
        }
      }
      DryRun.report(rehearsal, possible, session.out());
      return outcome(inputs, results);
    }
  }

  private int outcome(List<Input> inputs, List<Batch.Result> results) {
    List<String> kinds = inputs.stream().map(i -> i.resource().kind().name()).toList();
    Outcome outcome = new Outcome(verb, done, batch.dryRun.suffix(), kinds);
    for (int i = 0; i < inputs.size(); i++) {
      outcome.add(results.get(i), inputs.get(i)::describe);
    }
    return outcome.report(session.out(), session.err());
  }
}
