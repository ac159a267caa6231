package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.model.key.ResourceKey;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

final class DiffCommand implements Verb {
  private final Session session;

  FileOptions files = new FileOptions();
  DatastoreOptions connection = new DatastoreOptions();

  DiffCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command diff) {
    diff.description(
            "Show what applying a file would change.",
            "As a unified diff of the resources as they are stored, with all defaults, and without"
                + " what the datastore sets.")
        .include(files)
        .include(connection)
        .failureStatus(2)
        .notes("Exit status: 0 for no difference, 1 for some, 2 for an error.")
        .examples("calicoctl diff -f policy.yaml", "calicoctl diff -f cluster.d -R");
  }

  @Override
  public Integer call() {
    List<Input> inputs = files.read(session, ResourceFiles.Check.ALL);
    Rehearsal rehearsal;
    try (Datastore datastore = connection.open(session)) {
      rehearsal = new Rehearsal(datastore);
      InputWriter writer = new InputWriter(session, inputs, ResourceCommands::apply);
      new ResourceCommands(rehearsal).initialize(session.uuids());
      requireSuccess(inputs, writer.rehearse(rehearsal, Batch.OnError.CONTINUE));
    }
    Set<ResourceKey<?>> keys = new LinkedHashSet<>();
    inputs.forEach(input -> keys.add(input.key()));
    boolean same = true;
    for (ResourceKey<?> key : keys) {
      String difference = rehearsal.difference(key);
      same &= difference.isEmpty();
      session.out().print(difference);
    }
    return same ? 0 : 1;
  }

  private static void requireSuccess(List<Input> inputs, List<Batch.Result> results) {
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      if (results.get(i) instanceof Batch.Result.Failed(var reason)) {
        problems.add(inputs.get(i).describe(reason.getMessage()));
      }
    }
    if (!problems.isEmpty()) {
      throw new InputException(problems);
    }
  }
}
