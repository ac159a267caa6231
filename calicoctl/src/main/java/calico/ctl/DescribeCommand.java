package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class DescribeCommand implements Verb {
  private final Session session;

  String kind = "";
  List<String> names = new ArrayList<>();
  boolean allNamespaces;
  NamespaceOption namespace = new NamespaceOption();
  DatastoreOptions connection = new DatastoreOptions();

  DescribeCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command describe) {
    describe
        .description("Print resources for people to read, with what belongs to them.")
        .parameter("KIND", "Such as ippool, gnp.", v -> kind = v)
        .parameter("[NAME...]", "Default: all.", names::add)
        .flag(
            "-A, -a, --all-namespaces", "Resources of all namespaces.", () -> allNamespaces = true)
        .include(namespace)
        .include(connection)
        .examples(
            "calicoctl describe ippool default-ipv4-ippool",
            "calicoctl describe np web -n shop",
            "calicoctl describe tiers");
  }

  @Override
  public Integer call() {
    if (allNamespaces && (namespace.namespace != null || !names.isEmpty())) {
      throw new CommandException("--all-namespaces goes neither with --namespace nor with a NAME");
    }
    List<ResourceKey<?>> keys = new ArrayList<>();
    for (String name : names) {
      keys.add(Target.key(kind, name, namespace.namespace));
    }
    Kind<?> of = Target.kind(kind);
    String in = allNamespaces ? null : Namespaces.of(of, null, namespace.namespace);
    try (Datastore datastore = connection.open(session)) {
      ResourceCommands commands = new ResourceCommands(datastore);
      Relations relations = new Relations(datastore);
      for (ResourceKey<?> key : keys) {
        print(commands.get(key), relations);
      }
      if (keys.isEmpty()) {
        all(commands, of, in, relations);
      }
    }
    return 0;
  }

  private <S> void all(
      ResourceCommands commands, Kind<S> of, @Nullable String in, Relations relations) {
    commands.scan(
        of,
        in,
        page -> {
          for (Entry<Resource<S>> entry : page.entries()) {
            print(entry.value(), relations);
          }
          return !session.out().checkError();
        });
  }

  private void print(Resource<?> resource, Relations relations) {
    session.out().println(Description.of(resource, relations.of(resource)));
  }
}
