package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

final class GetCommand implements Verb {
  private final Session session;

  @Nullable String kind;
  List<String> names = new ArrayList<>();
  String output = "ps";
  boolean allNamespaces;
  boolean export;
  boolean watch;
  boolean watchOnly;
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
        .flag(
            "-w, --watch",
            "After the resources print each one that changes, until interrupted.",
            () -> watch = true)
        .flag("--watch-only", "As --watch, without what is there at first.", () -> watchOnly = true)
        .include(files)
        .include(connection)
        .examples(
            "calicoctl get nodes -o wide",
            "calicoctl get networkpolicies -A",
            "calicoctl get np web -n shop -o yaml --export",
            "calicoctl get ippools -o custom-columns=NAME,CIDR",
            "calicoctl get workloadendpoints -A --watch",
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
    if (kind == null && (watch || watchOnly)) {
      throw new CommandException("--watch needs a KIND");
    }
    List<Target> targets = Target.of(session, kind, names, files);
    try (Datastore datastore = connection.open(session)) {
      ResourceCommands commands = new ResourceCommands(datastore);
      Target first = targets.isEmpty() ? null : targets.getFirst();
      if (first != null && (watch || watchOnly)) {
        return watch(datastore, targets, format);
      }
      if (first != null && first.key() == null) {
        return list(commands, first.kind(), format);
      }
      return named(commands, targets, format);
    }
  }

  private int named(ResourceCommands commands, List<Target> targets, Output format) {
    List<Resource<?>> found = new ArrayList<>();
    List<String> errors = new ArrayList<>();
    for (Target target : targets) {
      try {
        Resource<?> resource = commands.get(Objects.requireNonNull(target.key()));
        found.add(export ? exported(resource) : resource);
      } catch (DatastoreException e) {
        errors.add("Error: " + e.getMessage());
      }
    }
    session.out().print(format.print(found, commands::clusterAsNumber));
    errors.forEach(session.err()::println);
    return errors.isEmpty() ? 0 : 1;
  }

  private <S> int list(ResourceCommands commands, Kind<S> of, Output format) {
    String namespace = allNamespaces ? null : Namespaces.of(of, null, files.namespace);
    Output.Pages pages = format.list(of, session.out()::print, commands::clusterAsNumber);
    commands.scan(
        of,
        namespace,
        page -> {
          pages.page(page.entries().stream().map(Entry::value).toList(), page.revision().value());
          // Nobody reads on, such as after "| head".
          return !session.out().checkError();
        });
    pages.end();
    return 0;
  }

  private int watch(Datastore datastore, List<Target> targets, Output format) {
    ResourceCommands commands = new ResourceCommands(datastore);
    Kind<?> of = targets.getFirst().kind();
    // The watch itself waits for a datastore however long that is away: ask it once before.
    datastore.get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default"));
    for (Target target : targets) {
      if (target.key() != null) {
        commands.get(target.key());
      }
    }
    Output.Pages pages = format.stream(of, session.out()::print, commands::clusterAsNumber);
    String namespace = allNamespaces ? null : Namespaces.of(of, null, files.namespace);
    new ResourceWatch(pages, session.out(), Set.copyOf(names), watchOnly)
        .run(
            datastore,
            new Query.Resources<>(of, namespace, names.size() == 1 ? names.getFirst() : null));
    return 0;
  }

  private static <S> Resource<S> exported(Resource<S> resource) {
    Metadata m = resource.metadata();
    return resource.withMetadata(
        new Metadata(m.name(), null, m.labels(), m.annotations(), null, null, null, m.unknown()));
  }
}
