package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.model.key.ResourceKey;

final class EditCommand implements Verb {
  private final Session session;

  String kind = "";
  String name = "";
  NamespaceOption place = new NamespaceOption();
  DatastoreOptions connection = new DatastoreOptions();

  EditCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command edit) {
    edit.description(
            "Change a resource in a text editor.",
            "The editor is $CALICO_EDITOR, $VISUAL, $EDITOR or vi. If there is a mistake in what was"
                + " saved, it opens again and says what. An edited text that cannot be written stays"
                + " in a file.")
        .parameter("KIND", "Such as node, gnp.", v -> kind = v)
        .parameter("NAME", "Which of them.", v -> name = v)
        .include(place)
        .include(connection)
        .examples(
            "calicoctl edit gnp deny-all",
            "EDITOR='emacs -nw' calicoctl edit networkpolicy web -n shop");
  }

  @Override
  public Integer call() {
    ResourceKey<?> key = Target.key(kind, name, place.namespace);
    try (Datastore datastore = connection.open(session)) {
      return edit(new ResourceCommands(datastore), key);
    }
  }

  private <S> int edit(ResourceCommands commands, ResourceKey<S> key) {
    return new Edit<>(session, commands, commands.get(key)).run();
  }
}
