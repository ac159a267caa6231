package calico.reconcile;

import java.util.Map;
import java.util.Set;

/** Something outside that holds keyed entries: a kernel table, a directory, a datastore prefix. */
public interface Target<K, V> {

  /**
   * Reads back every entry that is ours: exactly ours, never one that somebody else made.
   *
   * @throws Exception if the target cannot be read; the reconciler tries again
   */
  Map<K, V> list() throws Exception;

  /**
   * Whether a cheap look shows that nobody else has changed anything since {@link #list()}, so that
   * reading back at the interval can wait for the next time.
   *
   * @throws Exception as list does
   */
  default boolean isUntouched() throws Exception {
    return false;
  }

  /**
   * Writes a batch. Entries that could not be written are returned, with the reason; all others
   * were.
   *
   * @throws Exception if nothing of the batch was written
   */
  Map<K, Exception> apply(Map<K, V> updates, Set<K> deletions) throws Exception;
}
