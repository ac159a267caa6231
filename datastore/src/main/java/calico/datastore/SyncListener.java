package calico.datastore;

import calico.model.key.Key;
import calico.model.resource.Problem;
import org.jspecify.annotations.Nullable;

/** Receives the stream of a {@link Syncer}, from one thread at a time. */
public interface SyncListener {

  /**
   * How far the stream has got. They come in this order, once; from {@link Syncer#whileReady} again
   * each time that the datastore is declared not ready.
   */
  enum Status {
    WAIT_FOR_DATASTORE,
    RESYNC_IN_PROGRESS,
    IN_SYNC
  }

  void onStatus(Status status);

  /**
   * Whether a value is of any use; asked once, before it is passed on. Unlike the other methods it
   * may be called by several threads at a time.
   */
  default <V> boolean accepts(Key<V> key, V value) {
    return true;
  }

  /** A value is there now that was not accepted. */
  default <V> void onRefused(Key<V> key) {
    onUpdate(key, null);
  }

  /**
   * A value is there now that cannot be decoded, which is as good as none.
   *
   * @param problem the field that is at fault, what stands there and why it cannot be
   */
  default <V> void onUndecodable(Key<V> key, Problem problem) {
    onRefused(key);
  }

  /**
   * A value changed.
   *
   * @param value null if it was deleted (a key may be deleted more than once)
   */
  <V> void onUpdate(Key<V> key, @Nullable V value);
}
