package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.Listing;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class GetCommand implements Verb {
  private final Session session;

  @Nullable String kind;
  List<String> names = new ArrayList<>();
  String output = "ps";
  boolean allNamespaces;
  boolean export;
  FileOptions files = new FileOptions();
  DatastoreOptions connection = new DatastoreOptions();

  GetCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command get) {
    get.description(
            "Print resources: all of a kind, those of some names, or those of a file.",
            "What -o yaml and -o json print can be given to apply and replace.")
        .parameter("[KIND]", "Such as ippools, gnp.", v -> kind = v)
        .parameter("[NAME...]", "Which of them.", names::add)
        .option(
            "-o, --output=FORMAT",
            "ps (default), wide, yaml, json, custom-columns=HEADING,... of the wide table,"
                + " jsonpath=TEMPLATE or jsonpath-file=FILE.",
            v -> output = v)
        .flag(
            "-A, -a, --all-namespaces", "Resources of all namespaces.", () -> allNamespaces = true)
        .flag(
            "--export",
            "Leave out of named resources what belongs to this cluster only.",
            () -> export = true)
        .include(files)
        .include(connection)
        .examples(
            "calicoctl get nodes -o wide",
            "calicoctl get networkpolicies -A",
            "calicoctl get np web -n shop -o yaml --export",
            "calicoctl get ippools -o custom-columns=NAME,CIDR",
            "calicoctl get nodes -o jsonpath='{.items[*].spec.bgp.ipv4Address}'");
  }

  @Override
  public Integer call() {
    if (allNamespaces && files.namespace != null) {
      throw new CommandException(
          "cannot use both --namespace and --all-namespaces flags at the same time");
    }
    if (allNamespaces && !names.isEmpty()) {
      throw new CommandException("cannot use --all-namespaces flag for getting a single resource");
    }
    Output format = Output.parse(output, allNamespaces || files.namespace != null);
    List<Target> targets = Target.of(session, kind, names, files);
    List<Output.Group> found = new ArrayList<>();
    List<String> errors = new ArrayList<>();
    try (Datastore datastore = connection.open(session)) {
      ResourceCommands commands = new ResourceCommands(datastore);
      for (Target target : targets) {
        try {
          found.add(read(commands, target));
        } catch (DatastoreException e) {
          errors.add("Error: " + e.getMessage());
        }
      }
      session.out().print(format.print(found, commands::clusterAsNumber));
    }
    errors.forEach(session.err()::println);
    return errors.isEmpty() ? 0 : 1;
  }

  private Output.Group read(ResourceCommands commands, Target target) {
    ResourceKey<?> key = target.key();
    if (key == null) {
      return list(commands, target.kind());
    }
    Resource<?> resource = commands.get(key);
    return Output.Group.single(export ? exported(resource) : resource);
  }

  private <S> Output.Group list(ResourceCommands commands, Kind<S> of) {
    String namespace = allNamespaces ? null : Namespaces.of(of, null, files.namespace);
    Listing<Resource<S>> listing = commands.list(of, namespace);
    List<Resource<?>> resources = new ArrayList<>();
    for (Entry<Resource<S>> entry : listing.entries()) {
      resources.add(entry.value());
    }
    return new Output.Group(of, resources, listing.revision().value());
  }

  private static <S> Resource<S> exported(Resource<S> resource) {
    Metadata m = resource.metadata();
    return resource.withMetadata(
        new Metadata(m.name(), null, m.labels(), m.annotations(), null, null, null, m.unknown()));
  }
}
