package calico.sandbox;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.Watch;
import calico.datastore.WatchListener;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Notes when the datastore last committed a change of policy. */
final class PolicyWrites implements AutoCloseable {
  private static final List<Kind<?>> KINDS =
      List.of(
          Kinds.TIER,
          Kinds.GLOBAL_NETWORK_POLICY,
          Kinds.NETWORK_POLICY,
          Kinds.PROFILE,
          Kinds.GLOBAL_NETWORK_SET,
          Kinds.NETWORK_SET);

  private final AtomicLong lastNanos = new AtomicLong();
  private final List<Watch> watches = new ArrayList<>();

  private PolicyWrites() {}

  static PolicyWrites watch(Datastore datastore) {
    PolicyWrites writes = new PolicyWrites();
    KINDS.forEach(kind -> writes.add(datastore, kind));
    return writes;
  }

  private <S> void add(Datastore datastore, Kind<S> kind) {
    Query<Resource<S>> query = Query.all(kind);
    watches.add(
        datastore.watch(
            query,
            datastore.list(query).revision(),
            new WatchListener<>() {
              @Override
              public void onPut(Entry<Resource<S>> entry) {
                lastNanos.set(System.nanoTime());
              }

              @Override
              public void onDelete(Key<Resource<S>> key) {
                lastNanos.set(System.nanoTime());
              }

              @Override
              public void onEnded(DatastoreException reason) {}
            }));
  }

  /** When ({@link System#nanoTime}) the last change was seen, or 0 if none was. */
  long lastNanos() {
    return lastNanos.get();
  }

  @Override
  public void close() {
    watches.forEach(Watch::close);
  }
}
