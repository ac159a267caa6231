package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.json.YamlException;
import calico.model.key.ResourceKey;
import calico.model.resource.DecodeException;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.Severity;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

final class PatchCommand implements Verb {
  private static final Set<String> TYPES = Set.of("strategic", "merge");

  private final Session session;

  String kind = "";
  String name = "";
  String patch = "";
  String type = "strategic";
  DryRun dryRun = new DryRun();
  NamespaceOption place = new NamespaceOption();
  DatastoreOptions connection = new DatastoreOptions();

  PatchCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command command) {
    command
        .description(
            "Change some fields of a resource.",
            "The patch is an object in JSON or YAML: its members are merged into the resource's, null"
                + " removes a member, and a list replaces the list that was there. A resourceVersion in"
                + " it must be the current one.")
        .parameter("KIND", "Such as node, gnp.", v -> kind = v)
        .parameter("NAME", "Which of them.", v -> name = v)
        .requiredOption("-p, --patch=PATCH", "What to change.", v -> patch = v)
        .option(
            "-t, --type=TYPE",
            "strategic (default) or merge; for these resources they are the same.",
            v -> type = v)
        .include(dryRun)
        .include(place)
        .include(connection)
        .examples(
            "calicoctl patch node node-1 -p '{\"spec\": {\"bgp\": {\"routeReflectorClusterID\":"
                + " \"224.0.0.1\"}}}'",
            "calicoctl patch np web -n shop -p '{\"spec\": {\"order\": null}}'");
  }

  @Override
  public Integer call() {
    if (!TYPES.contains(type)) {
      throw new CommandException(
          "--type = '%s': choose from strategic, merge; a JSON patch (RFC 6902) is not supported"
              .formatted(type));
    }
    ResourceKey<?> key = Target.key(kind, name, place.namespace);
    Map<?, ?> tree = tree();
    try (Datastore datastore = connection.open(session)) {
      dryRun.orReally(
          datastore, key, session.out(), target -> patch(new ResourceCommands(target), key, tree));
    } catch (DatastoreException | CommandException e) {
      if (e instanceof DatastoreException.Unavailable) {
        throw e;
      }
      throw new CommandException(
          "Failed to patch '%s' resource: %s".formatted(key.kind(), e.getMessage()));
    }
    session.out().println("Successfully patched 1 '" + key.kind() + "' resource" + dryRun.suffix());
    return 0;
  }

  private Map<?, ?> tree() {
    try {
      List<YamlDocument> documents = Yaml.parse(patch);
      if (documents.size() == 1 && documents.getFirst().tree() instanceof Map<?, ?> map) {
        return map;
      }
      throw new CommandException(
          "--patch: an object is expected, such as '{\"spec\": {...}}'; a JSON patch (RFC 6902) is"
              + " not supported");
    } catch (YamlException e) {
      throw new CommandException("--patch: line " + e.line() + ": " + e.getMessage());
    }
  }

  private <S> void patch(ResourceCommands commands, ResourceKey<S> key, Map<?, ?> tree) {
    boolean versioned =
        tree.get("metadata") instanceof Map<?, ?> m && m.get("resourceVersion") != null;
    commands.change(key, versioned, old -> patched(old, tree));
  }

  private <S> Resource<S> patched(Resource<S> old, Map<?, ?> tree) {
    Resource<S> changed;
    try {
      changed = ResourceCodec.decode(old.kind(), MergePatch.apply(ResourceCodec.encode(old), tree));
    } catch (DecodeException e) {
      throw new CommandException(String.valueOf(e.getMessage()));
    }
    if (!ResourceKey.of(changed).equals(ResourceKey.of(old))) {
      throw new CommandException(
          "a patch cannot turn %s into %s; create the other one"
              .formatted(ResourceKey.of(old), ResourceKey.of(changed)));
    }
    // What was doubtful before is not this patch's doing.
    Set<Problem> before = new HashSet<>(ResourceFiles.problems(old));
    List<Problem> problems =
        ResourceFiles.problems(changed).stream().filter(p -> !before.contains(p)).toList();
    List<String> errors =
        problems.stream()
            .filter(p -> p.severity() == Severity.ERROR)
            .map(Problem::toString)
            .toList();
    if (!errors.isEmpty()) {
      throw new CommandException(ResourceKey.of(old) + ": " + String.join("; ", errors));
    }
    problems.forEach(p -> session.err().println("Warning: " + ResourceKey.of(old) + ": " + p));
    return changed;
  }
}
