package calico.ctl;

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
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "get",
    description = {
      "Print resources: all of a kind, those of some names, or those of a file.",
      "",
      "What -o yaml and -o json print can be given to apply and replace."
    },
    footer = {
      "",
      "Examples:",
      "  calicoctl get nodes -o wide",
      "  calicoctl get networkpolicies -A",
      "  calicoctl get np web -n shop -o yaml --export",
      "  calicoctl get ippools -o custom-columns=NAME,CIDR",
      "  calicoctl get nodes -o jsonpath='{.items[*].spec.bgp.ipv4Address}'"
    })
final class GetCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "KIND",
      description = "Such as ippools, gnp.")
  @Nullable String kind;

  @Parameters(index = "1..*", arity = "0..*", paramLabel = "NAME", description = "Which of them.")
  List<String> names = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "ps",
      description =
          "ps (default), wide, yaml, json, custom-columns=HEADING,... of the wide table,"
              + " jsonpath=TEMPLATE or jsonpath-file=FILE.")
  String output = "ps";

  @Option(
      names = {"-A", "-a", "--all-namespaces"},
      description = "Resources of all namespaces.")
  boolean allNamespaces;

  @Option(
      names = "--export",
      description = "Leave out of named resources what belongs to this cluster only.")
  boolean export;

  @Mixin FileOptions files = new FileOptions();
  @Mixin DatastoreOptions connection = new DatastoreOptions();

  GetCommand(Session session) {
    this.session = session;
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
