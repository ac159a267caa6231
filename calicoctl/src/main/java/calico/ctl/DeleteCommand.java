package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class DeleteCommand implements Verb {
  private final Session session;

  @Nullable String kind;
  List<String> names = new ArrayList<>();
  boolean skipNotExists;
  FileOptions files = new FileOptions();
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
        .include(connection)
        .examples(
            "calicoctl delete networkpolicy web db -n shop",
            "calicoctl delete -f policy.yaml --skip-not-exists");
  }

  @Override
  public Integer call() {
    List<Target> targets = new ArrayList<>(Target.of(session, kind, names, files));
    // The policies of a tier go before it.
    targets.sort(Comparator.comparing(t -> t.kind().equals(Kinds.TIER)));
    if (targets.isEmpty()) {
      session.out().println("No resources specified");
      return 0;
    }
    Outcome outcome =
        new Outcome("delete", "deleted", targets.stream().map(t -> t.kind().name()).toList());
    try (Datastore datastore = connection.open(session)) {
      ResourceCommands commands = new ResourceCommands(datastore);
      for (Target target : targets) {
        ResourceKey<?> key = target.key();
        if (key == null) {
          throw new CommandException(
              "resource name may not be empty: name the resources of kind %s to delete"
                  .formatted(target.kind()));
        }
        try {
          commands.delete(key, target.version());
          outcome.success();
        } catch (DatastoreException.DoesNotExist e) {
          if (skipNotExists) {
            outcome.success();
          } else {
            outcome.failure(String.valueOf(e.getMessage()));
          }
        } catch (DatastoreException | CommandException e) {
          outcome.failure(String.valueOf(e.getMessage()));
        }
      }
    }
    return outcome.report(session.out(), session.err());
  }
}
