package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.ClusterInit;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.json.Json;
import calico.model.json.JsonException;
import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.DecodeException;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

final class ImportCommand implements Verb {
  private static final Set<String> BUILT_IN =
      Set.of(
          "Tier(default)",
          "Tier(kube-admin)",
          "Tier(kube-baseline)",
          "Profile(projectcalico-default-allow)");

  private final Session session;

  String filename = "";
  DatastoreOptions connection = new DatastoreOptions();

  ImportCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command imports) {
    imports
        .description(
            "Write what 'calicoctl datastore migrate export' printed into an empty datastore.",
            "The datastore is locked before and stays so: unlock it when all components use it. The"
                + " cluster keeps its GUID. Nothing is written unless all of the file is valid.")
        .requiredOption(
            "-f, --filename=FILE", "The export, or '-' for the standard input.", v -> filename = v)
        .include(connection)
        .examples("calicoctl datastore migrate import -f cluster.txt -c new-datastore.cfg");
  }

  @Override
  public Integer call() {
    String[] parts = text().split("(?m)^" + ExportCommand.SEPARATOR, -1);
    if (parts.length != 3) {
      throw new CommandException(
          "imported file: %s is improperly formatted. Try recreating with 'calicoctl datastore migrate export'"
              .formatted(filename));
    }
    List<Input> resources = resources(parts[0]);
    ClusterInformationSpec cluster = cluster(parts[1]);
    List<IpamData.Write<?>> ipam = IpamData.parse(object(parts[2], "IPAM data"));
    try (Datastore datastore = connection.connect(session)) {
      requireEmpty(datastore);
      ClusterInit.ensure(datastore, new ClusterInit.Options(null, null, session.uuids()));
      DatastoreCommand.setReady(datastore, false);
      Outcome outcome = write(datastore, resources);
      if (outcome.report(session.out(), session.err()) != 0) {
        return 1;
      }
      DatastoreCommand.changeCluster(datastore, s -> merged(s, cluster));
      try (Progress progress = session.progress("importing IPAM data", ipam.size())) {
        for (IpamData.Write<?> write : ipam) {
          write.to(datastore);
          progress.step();
        }
      }
    }
    session.out().println("Successfully applied " + ipam.size() + " IPAM resource(s)");
    session
        .out()
        .println(
            "Datastore information successfully imported. It is locked: point the components to it,"
                + " then run `calicoctl datastore migrate unlock`.");
    return 0;
  }

  private Outcome write(Datastore datastore, List<Input> resources) {
    Outcome outcome =
        new Outcome(
            "import", "imported", resources.stream().map(i -> i.resource().kind().name()).toList());
    try (Progress progress = session.progress("importing", resources.size())) {
      List<Batch.Result> results =
          new Batch<>(resources, Input::key, Batch.Direction.WRITE, Batch.OnError.CONTINUE)
              .run(progress, input -> write(datastore, input.resource()));
      for (int i = 0; i < resources.size(); i++) {
        outcome.add(results.get(i), resources.get(i)::describe);
      }
    }
    return outcome;
  }

  private String text() {
    try {
      return filename.equals("-")
          ? new String(session.in().readAllBytes(), StandardCharsets.UTF_8)
          : Files.readString(Path.of(filename));
    } catch (IOException e) {
      throw new CommandException(
          "error while reading migration file: %s: %s".formatted(filename, e));
    }
  }

  private List<Input> resources(String yaml) {
    FileOptions options = new FileOptions();
    options.skipEmpty = true;
    return ResourceFiles.read(
        "-",
        options,
        ResourceFiles.Check.ALL,
        new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)),
        session.err());
  }

  private static ClusterInformationSpec cluster(String json) {
    try {
      return ResourceCodec.decode(Kinds.CLUSTER_INFORMATION, object(json, "ClusterInformation"))
          .spec();
    } catch (DecodeException e) {
      throw new CommandException("the ClusterInformation: " + e.getMessage());
    }
  }

  private static Map<?, ?> object(String json, String what) {
    try {
      if (Json.parse(json) instanceof Map<?, ?> map) {
        return map;
      }
      throw new CommandException("the %s: expected an object".formatted(what));
    } catch (JsonException e) {
      throw new CommandException("the %s: %s".formatted(what, e.getMessage()));
    }
  }

  private static void requireEmpty(Datastore datastore) {
    for (Kind<?> kind : Kinds.all()) {
      if (!kind.equals(Kinds.CLUSTER_INFORMATION)) {
        requireNone(datastore, kind);
      }
    }
    if (!new IpamData(datastore).isEmpty()) {
      throw new CommandException(
          "datastore already has Calico resources: found existing IPAM resources");
    }
  }

  private static <S> void requireNone(Datastore datastore, Kind<S> kind) {
    for (var e : new ResourceCommands(datastore).list(kind, null).entries()) {
      String name = ResourceKey.of(e.value()).toString();
      if (!BUILT_IN.contains(name)) {
        throw new CommandException(
            "datastore already has Calico resources: found %s; import into an empty one"
                .formatted(name));
      }
    }
  }

  private static <S> void write(Datastore datastore, Resource<S> resource) {
    ResourceKey<S> key = ResourceKey.of(resource);
    try {
      datastore.create(key, resource);
    } catch (DatastoreException.AlreadyExists e) {
      if (!BUILT_IN.contains(key.toString())) {
        throw e;
      }
      if (resource.kind().equals(Kinds.TIER)) {
        new ResourceCommands(datastore).apply(resource);
      }
    } catch (DatastoreException.NotSupported e) {
      if (!BUILT_IN.contains(key.toString())) {
        throw e;
      }
      // Such as the profile that every datastore shows without storing it.
    }
  }

  private static ClusterInformationSpec merged(
      ClusterInformationSpec s, ClusterInformationSpec from) {
    return new ClusterInformationSpec(
        from.clusterGUID(),
        keep(s.clusterType(), from.clusterType()),
        from.calicoVersion(),
        s.datastoreReady(),
        keep(s.variant(), from.variant()),
        s.unknown());
  }

  private static @Nullable String keep(@Nullable String own, @Nullable String other) {
    return own == null || own.isEmpty() ? other : own;
  }
}
