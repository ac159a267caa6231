package calico.datastore.etcd;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.DefaultAllowProfile;
import calico.datastore.Entry;
import calico.datastore.Listing;
import calico.datastore.Revision;
import calico.datastore.Stamp;
import calico.datastore.Undecodable;
import calico.datastore.Watch;
import calico.datastore.WatchListener;
import calico.datastore.etcd.EtcdClient.Condition;
import calico.datastore.etcd.EtcdClient.KeyValue;
import calico.datastore.etcd.EtcdClient.Page;
import calico.datastore.etcd.EtcdClient.Range;
import calico.datastore.etcd.EtcdClient.Txn;
import calico.datastore.etcd.EtcdClient.TxnResult;
import calico.model.key.Key;
import calico.model.key.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The datastore in etcd v3. Each write is one transaction on one key, conditional on what the
 * caller read; where the condition fails, the same transaction fetches what stands in the way.
 */
public final class EtcdDatastore implements Datastore {
  /**
   * Keys per read: few, so that a large listing does not hold up etcd's other clients, and whoever
   * waits for it soon has something to do.
   */
  private static final int PAGE_SIZE = 1000;

  /**
   * Keys per read where few are decoded. For each read etcd counts all keys that are left, so that
   * small pages cost it more than they spare its other clients.
   */
  private static final int SIEVED_PAGE_SIZE = 5000;

  private final EtcdClient client;
  private final Stamp stamp;

  EtcdDatastore(EtcdClient client, Stamp stamp) {
    this.client = client;
    this.stamp = stamp;
  }

  /** For processes that live long and watch: connections stay open. */
  public static EtcdDatastore forDaemon(EtcdConfig config) {
    return new EtcdDatastore(new GrpcClient(config), Stamp.SYSTEM);
  }

  /** For commands that make a few calls and exit: starts fast. */
  public static EtcdDatastore forOneShot(EtcdConfig config) {
    return new EtcdDatastore(new OneShotClient(config), Stamp.SYSTEM);
  }

  @Override
  public <V> Optional<Entry<V>> get(Key<V> key) {
    Optional<Entry<V>> builtIn = DefaultAllowProfile.get(key);
    if (builtIn.isPresent()) {
      return builtIn;
    }
    Page page = client.range(Range.of(EtcdKeys.path(key)), 0, 1);
    return page.keyValues().stream().findFirst().map(kv -> entry(key, kv));
  }

  @Override
  public <V> Revision scan(Query<V> query, Predicate<Listing<V>> pages) {
    return scan(query, PAGE_SIZE, (_, _) -> true, pages);
  }

  @Override
  public <V> Revision scan(
      Query<V> query, BiPredicate<Key<V>, String> wanted, Predicate<Listing<V>> pages) {
    return scan(query, SIEVED_PAGE_SIZE, wanted, pages);
  }

  private <V> Revision scan(
      Query<V> query,
      int pageSize,
      BiPredicate<Key<V>, String> wanted,
      Predicate<Listing<V>> pages) {
    Range range = Range.prefix(EtcdKeys.prefix(query));
    Page page = client.range(range, 0, pageSize);
    Revision revision = revision(page.revision());
    while (true) {
      Future<Page> next =
          page.more() ? after(page, range, number(query, revision), pageSize) : null;
      boolean goOn = pages.test(listing(query, page, revision, wanted));
      if (next == null) {
        return revision;
      }
      if (!goOn) {
        next.cancel(true);
        return revision;
      }
      page = await(next);
    }
  }

  @Override
  public <V> List<Key<V>> keys(Query<V> query) {
    List<Key<V>> keys = new ArrayList<>();
    for (String path : client.keys(Range.prefix(EtcdKeys.prefix(query)))) {
      Key<V> key = EtcdKeys.key(query, path);
      if (key != null) {
        keys.add(key);
      }
    }
    DefaultAllowProfile.addTo(query, List.of()).forEach(e -> keys.add(e.key()));
    return keys;
  }

  /** Is asked for while its predecessor is decoded. */
  private Future<Page> after(Page page, Range range, long revision, int pageSize) {
    // The key after the last one: nothing sorts between a string and itself with a NUL.
    String next = page.keyValues().getLast().key() + "\0";
    FutureTask<Page> task =
        new FutureTask<>(() -> client.range(new Range(next, range.to()), revision, pageSize));
    Thread.startVirtualThread(task);
    return task;
  }

  private static Page await(Future<Page> page) {
    try {
      return page.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof DatastoreException known
          ? known
          : new IllegalStateException("a page could not be read", e.getCause());
    } catch (InterruptedException e) {
      page.cancel(true);
      Thread.currentThread().interrupt();
      throw new DatastoreException("interrupted while reading", e);
    }
  }

  private static <V> Listing<V> listing(
      Query<V> query, Page page, Revision revision, BiPredicate<Key<V>, String> wanted) {
    List<Entry<V>> entries = new ArrayList<>();
    List<Undecodable<V>> undecodable = new ArrayList<>();
    for (KeyValue kv : page.keyValues()) {
      Key<V> key = key(query, kv);
      if (key != null && wanted.test(key, kv.value())) {
        decode(key, kv, entries::add, undecodable::add);
      }
    }
    return new Listing<>(
        page.more() ? entries : DefaultAllowProfile.addTo(query, entries), undecodable, revision);
  }

  private static <V> @Nullable Key<V> key(Query<V> query, KeyValue kv) {
    Key<V> key = EtcdKeys.key(query, kv.key());
    if (key == null) {
      log().debug("skipped key={} reason=not named by {}", kv.key(), query);
    }
    return key;
  }

  private static <V> void decode(
      Key<V> key, KeyValue kv, Consumer<Entry<V>> read, Consumer<Undecodable<V>> unread) {
    Revision revision = revision(kv.modRevision());
    V value;
    try {
      value = EtcdValues.decode(key, kv.value(), revision);
    } catch (RuntimeException e) {
      Undecodable<V> undecodable = Undecodable.of(key, e, revision);
      log().warn("as good as deleted key={} reason={}", kv.key(), undecodable.problem());
      unread.accept(undecodable);
      return;
    }
    read.accept(new Entry<>(key, value, revision));
  }

  /** Made when there is something to say: to find its provider, slf4j opens every jar. */
  private static Logger log() {
    return LoggerFactory.getLogger(EtcdDatastore.class);
  }

  @Override
  public <V> Entry<V> create(Key<V> key, V value) {
    DefaultAllowProfile.refuseCreate(key);
    V created = stamp.created(value);
    TxnResult result = write(key, new Condition.Absent(), created, 0);
    if (!result.done()) {
      throw new DatastoreException.AlreadyExists(key);
    }
    return written(key, created, result);
  }

  @Override
  public <V> Entry<V> update(Key<V> key, V value, Revision revision) {
    DefaultAllowProfile.refuseChange("Update", key);
    V updated = Stamp.updated(value);
    TxnResult result = write(key, atRevision(key, revision), updated, 0);
    if (!result.done()) {
      throw refused(key, result);
    }
    return written(key, updated, result);
  }

  @Override
  public <V> Entry<V> put(Key<V> key, V value, @Nullable Duration ttl) {
    DefaultAllowProfile.refuseChange("Update", key);
    V completed = stamp.completed(value);
    // etcd counts in whole seconds; rounding up never drops a value before its time.
    long lease = ttl == null ? 0 : client.grantLease(Math.ceilDiv(ttl.toMillis(), 1000L));
    return written(key, completed, write(key, new Condition.Any(), completed, lease));
  }

  @Override
  public <V> void delete(Key<V> key, @Nullable Revision revision) {
    DefaultAllowProfile.refuseChange("Delete", key);
    Condition condition = revision == null ? new Condition.Any() : atRevision(key, revision);
    TxnResult result = client.txn(new Txn(EtcdKeys.path(key), condition, null, 0));
    if (!result.done() || result.found() == null) {
      throw refused(key, result);
    }
  }

  @Override
  public <V> Watch watch(Query<V> query, Revision from, WatchListener<V> listener) {
    Range range = Range.prefix(EtcdKeys.prefix(query));
    return client.watch(range, number(query, from) + 1, new Follower<>(query, listener))::run;
  }

  @Override
  public void close() {
    client.close();
  }

  private TxnResult write(Key<?> key, Condition condition, Object value, long lease) {
    return client.txn(new Txn(EtcdKeys.path(key), condition, EtcdValues.encode(value), lease));
  }

  private static DatastoreException refused(Key<?> key, TxnResult result) {
    return result.found() == null
        ? new DatastoreException.DoesNotExist(key)
        : new DatastoreException.Conflict(key);
  }

  private static <V> Entry<V> written(Key<V> key, V value, TxnResult result) {
    Revision revision = revision(result.revision());
    return new Entry<>(key, Stamp.read(value, revision), revision);
  }

  private static <V> Entry<V> entry(Key<V> key, KeyValue kv) {
    Revision revision = revision(kv.modRevision());
    try {
      return new Entry<>(key, EtcdValues.decode(key, kv.value(), revision), revision);
    } catch (RuntimeException e) {
      throw new DatastoreException(
          "the value of "
              + kv.key()
              + " cannot be read: "
              + e.getMessage()
              + "; correct it or delete it",
          e);
    }
  }

  private static Condition atRevision(Object key, Revision revision) {
    return new Condition.AtRevision(number(key, revision));
  }

  private static Revision revision(long number) {
    return new Revision(Long.toString(number));
  }

  private static long number(Object of, Revision revision) {
    try {
      return Long.parseLong(revision.value());
    } catch (NumberFormatException e) {
      throw new DatastoreException(
          "error with field Metadata.ResourceVersion = '"
              + revision
              + "' (of "
              + of
              + ": must be the decimal number that etcd gave)",
          e);
    }
  }

  /** Decodes what a watch reports. */
  private record Follower<V>(Query<V> query, WatchListener<V> listener) implements EtcdClient.Sink {
    @Override
    public void onPut(KeyValue kv) {
      Key<V> key = key(query, kv);
      if (key != null) {
        decode(key, kv, listener::onPut, listener::onUndecodable);
      }
    }

    @Override
    public void onDelete(String path) {
      Key<V> key = EtcdKeys.key(query, path);
      if (key != null) {
        listener.onDelete(key);
      }
    }

    @Override
    public void onEnded(DatastoreException reason) {
      listener.onEnded(reason);
    }
  }
}
