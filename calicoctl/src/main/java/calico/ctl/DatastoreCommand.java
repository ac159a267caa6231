package calico.ctl;

import calico.cli.Command;
import calico.cli.Options;
import calico.cli.Verb;
import calico.datastore.ClusterInit;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.util.function.UnaryOperator;

/** The verbs below {@code calicoctl datastore}. */
record DatastoreCommand(Session session) implements Options {
  @Override
  public void declare(Command datastore) {
    datastore
        .description("Moves the cluster's data from one datastore to another.")
        .command("migrate", () -> this::declareMigrate)
        .command("migrate-policy-names", () -> new MigratePolicyNamesCommand(session))
        .examples(
            "calicoctl datastore migrate lock",
            "calicoctl datastore migrate export > cluster.txt",
            "calicoctl datastore migrate import -f cluster.txt -c new-datastore.cfg");
  }

  private void declareMigrate(Command migrate) {
    migrate
        .description(
            "Moves the cluster's data from one etcd to another, in upstream's format.",
            "Lock, export, import into the other, point every component to it, unlock it there.")
        .command("lock", () -> new Lock(session, new DatastoreOptions()))
        .command("unlock", () -> new Unlock(session, new DatastoreOptions()))
        .command("export", () -> new ExportCommand(session))
        .command("import", () -> new ImportCommand(session))
        .examples("calicoctl datastore migrate lock");
  }

  private record Lock(Session session, DatastoreOptions connection) implements Verb {
    @Override
    public void declare(Command lock) {
      lock.description(
              "Tell all components not to use the datastore. Resources can still be written.")
          .include(connection)
          .examples("calicoctl datastore migrate lock");
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

  private record Unlock(Session session, DatastoreOptions connection) implements Verb {
    @Override
    public void declare(Command unlock) {
      unlock
          .description("Let all components use the datastore again.")
          .include(connection)
          .examples("calicoctl datastore migrate unlock");
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
