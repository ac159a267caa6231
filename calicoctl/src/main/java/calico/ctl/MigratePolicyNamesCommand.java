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
import calico.model.resource.Resource;
import calico.model.resource.Tiered;
import java.util.List;

final class MigratePolicyNamesCommand implements Verb {
  private final Session session;

  DatastoreOptions connection = new DatastoreOptions();

  MigratePolicyNamesCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command migratepolicynames) {
    migratepolicynames
        .description(
            "Store policies of the default tier under their own names.",
            "Old versions of Calico put 'default.' before these names. It may be run again at any time.")
        .include(connection)
        .examples("calicoctl datastore migrate-policy-names");
  }

  @Override
  public Integer call() {
    int migrated = 0;
    try (Datastore datastore = connection.open(session);
        Progress progress = session.progress("migrating policies", 0)) {
      for (Kind<?> kind :
          List.of(
              Kinds.NETWORK_POLICY,
              Kinds.GLOBAL_NETWORK_POLICY,
              Kinds.STAGED_NETWORK_POLICY,
              Kinds.STAGED_GLOBAL_NETWORK_POLICY)) {
        migrated += migrate(datastore, kind, progress);
      }
    }
    session
        .out()
        .println("Policy name migration complete, migrated %d policies.".formatted(migrated));
    return 0;
  }

  private static <S> int migrate(Datastore datastore, Kind<S> kind, Progress progress) {
    int migrated = 0;
    for (Entry<Resource<S>> e : datastore.list(Query.all(kind)).entries()) {
      progress.step();
      ResourceKey<S> own = ResourceKey.of(e.value());
      boolean inDefaultTier =
          e.value().spec() instanceof Tiered t
              && (t.tier() == null || t.tier().isEmpty() || t.tier().equals("default"));
      if (!inDefaultTier || own.equals(e.key())) {
        continue;
      }
      try {
        datastore.create(own, ResourceCommands.withoutVersion(e.value()));
      } catch (DatastoreException.AlreadyExists _) {
        // An earlier run that was interrupted has written it.
      }
      try {
        datastore.delete(e.key(), e.revision());
      } catch (DatastoreException.DoesNotExist _) {
        // Another run has deleted it.
      }
      migrated++;
    }
    return migrated;
  }
}
