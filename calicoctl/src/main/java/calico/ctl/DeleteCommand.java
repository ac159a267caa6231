package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.key.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class DeleteCommand implements Verb {
  private final Session session;

  @Nullable String kind;
  List<String> names = new ArrayList<>();
  boolean skipNotExists;
  FileOptions files = new FileOptions();
  BatchOptions batch = new BatchOptions();
  DatastoreOptions connection = new DatastoreOptions();

  DeleteCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command delete) {
    delete
        .description(
            "Delete resources by kind and name, or those of a file.",
            "A resource that does not exist is an error. Of a file only kinds and names count, and a"
                + " resourceVersion if there is one.")
        .parameter("[KIND]", "Such as ippool, gnp.", v -> kind = v)
        .parameter("[NAME...]", "Which of them.", names::add)
        .flag(
            "-s, --skip-not-exists",
            "Resources that do not exist are no error.",
            () -> skipNotExists = true)
        .include(files)
        .include(batch)
        .include(connection)
        .examples(
            "calicoctl delete networkpolicy web db -n shop",
            "calicoctl delete -f policy.yaml --skip-not-exists");
  }

  @Override
  public Integer call() {
    Batch.OnError onError = batch.onError();
    List<Target> targets = Target.of(session, kind, names, files);
    if (targets.isEmpty()) {
      session.out().println("No resources specified");
      return 0;
    }
    List<ResourceKey<?>> keys = new ArrayList<>();
    targets.forEach(target -> keys.add(target.named()));
    try (Datastore datastore = connection.open(session)) {
      if (!batch.dryRun.asked) {
        return outcome(targets, delete(datastore, targets, onError));
      }
      Rehearsal rehearsal = new Rehearsal(datastore);
      List<Batch.Result> results = delete(rehearsal, targets, onError);
      for (int i = targets.size() - 1; i >= 0; i--) {
        if (!(results.get(i) instanceof Batch.Result.Done)) {
          keys.remove(i);
        }
      }
      DryRun.report(rehearsal, keys, session.out());
      return outcome(targets, results);
    }
  }

  private List<Batch.Result> delete(
      Datastore datastore, List<Target> targets, Batch.OnError onError) {
    ResourceCommands commands = new ResourceCommands(datastore);
    try (Progress progress = session.progress("deleting", targets.size())) {
      return new Batch<>(targets, Target::named, Batch.Direction.DELETE, onError)
          .run(progress, target -> delete(commands, target));
    }
  }

  private void delete(ResourceCommands commands, Target target) {
    try {
      commands.delete(target.named(), target.version());
    } catch (DatastoreException.DoesNotExist e) {
      if (!skipNotExists) {
        throw e;
      }
    }
  }

  private int outcome(List<Target> targets, List<Batch.Result> results) {
    List<String> kinds = targets.stream().map(t -> t.kind().name()).toList();
    Outcome outcome = new Outcome("delete", "deleted", batch.dryRun.suffix(), kinds);
    for (int i = 0; i < targets.size(); i++) {
      String name = targets.get(i).named().toString();
      outcome.add(results.get(i), text -> text.contains(name) ? text : name + ": " + text);
    }
    return outcome.report(session.out(), session.err());
  }
}
