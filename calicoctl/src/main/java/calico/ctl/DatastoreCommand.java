package calico.ctl;

import calico.datastore.ClusterInit;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "datastore",
    description = "Moves the cluster's data from one datastore to another.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  calicoctl datastore migrate lock",
      "  calicoctl datastore migrate export > cluster.txt",
      "  calicoctl datastore migrate import -f cluster.txt -c new-datastore.cfg"
    })
final class DatastoreCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  private DatastoreCommand() {}

  static CommandLine of(Session session) {
    return new CommandLine(new DatastoreCommand())
        .addSubcommand(
            "migrate",
            new CommandLine(new Migrate())
                .addSubcommand("lock", new Lock(session))
                .addSubcommand("unlock", new Unlock(session))
                .addSubcommand("export", new ExportCommand(session))
                .addSubcommand("import", new ImportCommand(session)))
        .addSubcommand("migrate-policy-names", new MigratePolicyNamesCommand(session));
  }

  @Override
  public void run() {
    CalicoctlCommand.requireSubcommand(spec);
  }

  @Command(
      name = "migrate",
      description = {
        "Moves the cluster's data from one etcd to another, in upstream's format.",
        "",
        "Lock, export, import into the other, point every component to it, unlock it there."
      },
      synopsisSubcommandLabel = "COMMAND",
      footer = {"", "Examples:", "  calicoctl datastore migrate lock"})
  static final class Migrate implements Runnable {
    @Spec @Nullable CommandSpec spec;

    @Override
    public void run() {
      CalicoctlCommand.requireSubcommand(spec);
    }
  }

  @Command(
      name = "lock",
      description = "Tell all components not to use the datastore. Resources can still be written.",
      footer = {"", "Examples:", "  calicoctl datastore migrate lock"})
  static final class Lock implements Callable<Integer> {
    private final Session session;
    @Mixin DatastoreOptions connection = new DatastoreOptions();

    Lock(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      try (Datastore datastore = connection.open(session)) {
        ClusterInit.ensure(datastore, new ClusterInit.Options(null, null, session.uuids()));
        setReady(datastore, false);
      }
      session.out().println("Datastore locked.");
      return 0;
    }
  }

  @Command(
      name = "unlock",
      description = "Let all components use the datastore again.",
      footer = {"", "Examples:", "  calicoctl datastore migrate unlock"})
  static final class Unlock implements Callable<Integer> {
    private final Session session;
    @Mixin DatastoreOptions connection = new DatastoreOptions();

    Unlock(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      try (Datastore datastore = connection.open(session)) {
        setReady(datastore, true);
      }
      session.out().println("Datastore unlocked.");
      return 0;
    }
  }

  static void setReady(Datastore datastore, boolean ready) {
    changeCluster(
        datastore,
        s ->
            new ClusterInformationSpec(
                s.clusterGUID(),
                s.clusterType(),
                s.calicoVersion(),
                ready,
                s.variant(),
                s.unknown()));
  }

  /** Users may not write this resource, so the verbs for resources do not. */
  static void changeCluster(Datastore datastore, UnaryOperator<ClusterInformationSpec> change) {
    var key = ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default");
    Conflicts.retry(
        () -> {
          var old = datastore.get(key).orElseThrow(() -> new DatastoreException.DoesNotExist(key));
          Resource<ClusterInformationSpec> r = old.value();
          return datastore.update(key, r.withSpec(change.apply(r.spec())), old.revision());
        });
  }
}
