package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Writes the resources of a file with one verb. Before anything is written, all of it is rehearsed,
 * so that a resource that is refused because of others keeps the whole file out.
 */
final class InputWriter {
  private final Session session;
  private final List<Input> inputs;
  private final BiConsumer<ResourceCommands, Resource<?>> verb;

  InputWriter(Session session, List<Input> inputs, BiConsumer<ResourceCommands, Resource<?>> verb) {
    this.session = session;
    this.inputs = inputs;
    this.verb = verb;
  }

  /**
   * Writes, and returns what became of each.
   *
   * @throws InputException with every resource that cannot be written
   */
  List<Batch.Result> write(Datastore datastore, Batch.OnError onError) {
    new ResourceCommands(datastore).initialize(session.uuids());
    // The others can only be refused one by one.
    List<Input> concerned =
        inputs.stream().filter(i -> KindRules.concern(i.resource().kind())).toList();
    new InputWriter(session, concerned, verb)
        .rehearse(new Rehearsal(datastore), Batch.OnError.CONTINUE);
    return run(datastore, onError, "writing");
  }

  /**
   * Writes into a rehearsal.
   *
   * @throws InputException with every resource that could not be written
   */
  List<Batch.Result> rehearse(Rehearsal rehearsal, Batch.OnError onError) {
    List<Batch.Result> results = run(rehearsal, onError, "checking");
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      if (results.get(i) instanceof Batch.Result.Failed(var reason)) {
        switch (reason) {
          case CommandException refused ->
              problems.add(inputs.get(i).describe(refused.getMessage()));
          case DatastoreException.Unavailable unavailable -> throw unavailable;
          default -> {}
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new InputException(problems);
    }
    return results;
  }

  private List<Batch.Result> run(Datastore datastore, Batch.OnError onError, String what) {
    ResourceCommands commands = new ResourceCommands(datastore);
    try (Progress progress = session.progress(what, inputs.size())) {
      return new Batch<>(inputs, Input::key, Batch.Direction.WRITE, onError)
          .run(progress, input -> verb.accept(commands, input.resource()));
    }
  }

  /** Warns of resources that the input has more than once. */
  void warnOfRepetition() {
    Set<Object> seen = new HashSet<>();
    for (Input input : inputs) {
      if (!seen.add(input.key())) {
        session
            .err()
            .println(
                "Warning: "
                    + input.describe(
                        "the input has this resource more than once; each is written after the one"
                            + " before"));
      }
    }
  }
}
