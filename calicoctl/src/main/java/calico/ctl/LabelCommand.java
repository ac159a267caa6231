package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.model.key.ResourceKey;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.Severity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

final class LabelCommand implements Verb {
  private final Session session;

  String kind = "";
  String name = "";
  List<String> labels = new ArrayList<>();
  boolean overwrite;
  boolean remove;
  DryRun dryRun = new DryRun();
  NamespaceOption place = new NamespaceOption();
  DatastoreOptions connection = new DatastoreOptions();

  /** What to do with one label: the value to set, null to remove it. */
  private record Edit(String key, @Nullable String value) {}

  LabelCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command label) {
    label
        .description(
            "Set and remove labels of a resource.",
            "KEY=VALUE sets a label, KEY- removes one. Either all that is asked for is done or nothing.")
        .parameter("KIND", "Such as node, hep.", v -> kind = v)
        .parameter("NAME", "Which of them.", v -> name = v)
        .parameter("LABEL...", "KEY=VALUE, KEY-, or with --remove KEY.", labels::add)
        .flag(
            "--overwrite",
            "Labels that exist with another value are changed.",
            () -> overwrite = true)
        .flag("--remove", "Remove the labels.", () -> remove = true)
        .include(dryRun)
        .include(place)
        .include(connection)
        .examples(
            "calicoctl label nodes node-1 rack=r1 zone=a",
            "calicoctl label nodes node-1 rack=r2 --overwrite",
            "calicoctl label nodes node-1 zone-",
            "calicoctl label nodes node-1 zone --remove");
  }

  @Override
  public Integer call() {
    ResourceKey<?> key = Target.key(kind, name, place.namespace);
    List<Edit> edits = labels.stream().map(this::parse).toList();
    List<String> done = new ArrayList<>();
    try (Datastore datastore = connection.open(session)) {
      dryRun.orReally(
          datastore,
          key,
          session.out(),
          target -> change(new ResourceCommands(target), key, edits, done));
    }
    done.forEach(text -> session.out().println(text + dryRun.suffix()));
    return 0;
  }

  private Edit parse(String label) {
    int equals = label.indexOf('=');
    boolean dash = equals < 0 && label.endsWith("-");
    if (remove) {
      if (equals >= 0) {
        throw new CommandException(
            "invalid label %s: with --remove give the key only".formatted(label));
      }
      return new Edit(dash ? label.substring(0, label.length() - 1) : label, null);
    }
    if (dash && label.length() > 1) {
      return new Edit(label.substring(0, label.length() - 1), null);
    }
    if (equals < 1) {
      throw new CommandException(
          "invalid label %s: give KEY=VALUE to set it, KEY- to remove it".formatted(label));
    }
    return new Edit(label.substring(0, equals), label.substring(equals + 1));
  }

  private <S> void change(
      ResourceCommands commands, ResourceKey<S> key, List<Edit> edits, List<String> done) {
    commands.change(
        key,
        false,
        old -> {
          done.clear();
          Map<String, String> out = new LinkedHashMap<>(old.metadata().labels());
          edits.forEach(e -> done.add(apply(out, e)));
          Resource<S> changed = old.withMetadata(old.metadata().withLabels(out));
          for (Problem p : ResourceFiles.problems(changed)) {
            if (p.severity() == Severity.ERROR && p.fieldPath().startsWith("metadata.labels")) {
              throw new CommandException(key + ": " + p);
            }
          }
          return changed;
        });
  }

  private String apply(Map<String, String> current, Edit edit) {
    String value = edit.value();
    if (value == null) {
      if (current.remove(edit.key()) == null) {
        throw new CommandException(
            "cannot remove label of %s %s, key %s does not exist"
                .formatted(kind, name, edit.key()));
      }
      return "Successfully removed label %s from %s %s".formatted(edit.key(), kind, name);
    }
    String old = current.put(edit.key(), value);
    if (old == null) {
      return "Successfully set label %s on %s %s".formatted(edit.key(), kind, name);
    }
    if (!overwrite && !old.equals(value)) {
      throw new CommandException(
          "failed to update label of %s %s, key %s is already present. please use '--overwrite' to set a new value"
              .formatted(kind, name, edit.key()));
    }
    return "Successfully updated label %s on %s %s".formatted(edit.key(), kind, name);
  }
}
