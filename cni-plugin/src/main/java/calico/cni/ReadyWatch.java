package calico.cni;

import calico.datastore.Datastore;
import calico.datastore.ReadyFlag;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.model.key.Key;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether the cluster's data may be used, see {@link ReadyFlag}. Followed by a watch, so that a
 * call for a container need not ask; one that comes within the milliseconds that the watch takes is
 * served as if it had come before.
 */
final class ReadyWatch implements SyncListener, AutoCloseable {
  private final Datastore datastore;
  private final Syncer syncer;
  private volatile boolean ready;

  ReadyWatch(Datastore datastore) {
    this.datastore = datastore;
    this.syncer = Syncer.whileReady(datastore, List.of(), this);
  }

  void start() {
    syncer.start();
  }

  /**
   * Asks only if it was not so when last seen.
   *
   * @throws CniException if the data may not be used
   */
  void require() {
    if (!ready) {
      ask(CniException.TRY_AGAIN);
    }
  }

  /**
   * Asks the datastore.
   *
   * @throws CniException with that code, if the data may not be used
   */
  void ask(int code) {
    if (!ReadyFlag.isTrue(datastore)) {
      throw new CniException(
          code,
          "Calico is not ready to serve calls",
          ReadyFlag.NAME
              + " is not true: an upgrade or migration holds it, or no node daemon has set the"
              + " datastore up yet");
    }
  }

  @Override
  public void onStatus(Status status) {
    ready = status == Status.IN_SYNC;
  }

  @Override
  public <V> void onUpdate(Key<V> key, @Nullable V value) {
    throw new IllegalArgumentException("not asked for: " + key);
  }

  @Override
  public void close() {
    syncer.close();
  }
}
