package calico.datastore.etcd;

import calico.datastore.DatastoreException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The four things that {@link EtcdDatastore} asks of etcd, whatever the transport. Thread-safe;
 * calls block, each with a deadline, and throw {@link DatastoreException}.
 */
interface EtcdClient extends AutoCloseable {

  /** How long etcd may take over one call, in seconds. */
  int DEADLINE_SECONDS = 10;

  /** A key's value and the revision of its last change. */
  record KeyValue(String key, String value, long modRevision) {}

  /**
   * Keys from {@code from} (inclusive) to {@code to} (exclusive).
   *
   * @param to null for exactly {@code from}
   */
  record Range(String from, @Nullable String to) {
    static Range of(String key) {
      return new Range(key, null);
    }

    /** Every key that starts with {@code prefix}, which ends in an ASCII character. */
    static Range prefix(String prefix) {
      int last = prefix.length() - 1;
      return new Range(prefix, prefix.substring(0, last) + (char) (prefix.charAt(last) + 1));
    }
  }

  /**
   * Part of a range.
   *
   * @param revision of the whole store
   * @param more whether keys after the last one were left off
   */
  record Page(List<KeyValue> keyValues, long revision, boolean more) {}

  /**
   * @param revision to read at, or 0 for the newest
   * @param limit of keys, or 0 for all
   */
  Page range(Range range, long revision, int limit);

  /** The keys in a range now, without their values. */
  List<String> keys(Range range);

  /** What must hold of a key for a transaction on it to be carried out. */
  sealed interface Condition {
    /** It has no value. */
    record Absent() implements Condition {}

    /** Its value was last changed at this revision. */
    record AtRevision(long modRevision) implements Condition {}

    /** Whatever it has. */
    record Any() implements Condition {}
  }

  /**
   * A write of one key.
   *
   * @param value null to delete the key
   * @param lease that the value ends with, or 0
   */
  record Txn(String key, Condition condition, @Nullable String value, long lease) {}

  /**
   * What became of a transaction.
   *
   * @param done whether the condition held
   * @param revision of the store afterwards
   * @param found if done, the value that a deletion removed; else the value that stood in the way;
   *     null if there was none
   */
  record TxnResult(boolean done, long revision, @Nullable KeyValue found) {}

  TxnResult txn(Txn txn);

  /** A new lease that ends after {@code ttlSeconds}; returns its id. */
  long grantLease(long ttlSeconds);

  /** Receives a watch, from one thread at a time. */
  interface Sink {
    void onPut(KeyValue keyValue);

    void onDelete(String key);

    /** No further call follows. */
    void onEnded(DatastoreException reason);
  }

  /**
   * Changes from {@code revision} on.
   *
   * @return ends the watch when run
   */
  Runnable watch(Range range, long revision, Sink sink);

  @Override
  void close();
}
