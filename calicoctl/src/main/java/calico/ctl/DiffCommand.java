package calico.ctl;

import calico.datastore.Datastore;
import calico.model.key.ResourceKey;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "diff",
    description = {
      "Show what applying a file would change.",
      "",
      "As a unified diff of the resources as they are stored, with all defaults, and without what"
          + " the datastore sets. Exit status: 0 for no difference, 1 for some, 2 for an error."
    },
    exitCodeOnExecutionException = 2,
    footer = {
      "",
      "Examples:",
      "  calicoctl diff -f policy.yaml",
      "  calicoctl diff -f cluster.d -R"
    })
final class DiffCommand implements Callable<Integer> {
  private final Session session;

  @Mixin FileOptions files = new FileOptions();
  @Mixin DatastoreOptions connection = new DatastoreOptions();

  DiffCommand(Session session) {
    this.session = session;
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
