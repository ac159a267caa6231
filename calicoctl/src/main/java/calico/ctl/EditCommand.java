package calico.ctl;

import calico.datastore.Datastore;
import calico.model.key.ResourceKey;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "edit",
    description = {
      "Change a resource in a text editor.",
      "",
      "The editor is $CALICO_EDITOR, $VISUAL, $EDITOR or vi. If there is a mistake in what was"
          + " saved, it opens again and says what. An edited text that cannot be written stays in a"
          + " file."
    },
    footer = {
      "",
      "Examples:",
      "  calicoctl edit gnp deny-all",
      "  EDITOR='emacs -nw' calicoctl edit networkpolicy web -n shop"
    })
final class EditCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(index = "0", paramLabel = "KIND", description = "Such as node, gnp.")
  String kind = "";

  @Parameters(index = "1", paramLabel = "NAME", description = "Which of them.")
  String name = "";

  @Mixin NamespaceOption place = new NamespaceOption();
  @Mixin DatastoreOptions connection = new DatastoreOptions();

  EditCommand(Session session) {
    this.session = session;
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
