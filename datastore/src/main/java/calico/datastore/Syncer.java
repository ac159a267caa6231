package calico.datastore;

import calico.model.key.Key;
import calico.model.key.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a listener up to date with the entries of some queries: lists, then watches, and when a
 * watch breaks lists again and passes on only the difference. It keeps trying until it is closed.
 *
 * <p>Statuses: WAIT_FOR_DATASTORE at the start, RESYNC_IN_PROGRESS when the first listing is there,
 * IN_SYNC once, when every query has been listed. A later disconnection is not a status: what the
 * listener has stays valid until the datastore says otherwise.
 *
 * <p>Each query has a virtual thread that lists and waits; changes are passed on by the thread that
 * the watch delivers them on, with no queue between. One lock makes them one at a time.
 */
public final class Syncer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Syncer.class);

  /** When to ask again for something that the datastore does not have at all. */
  private static final Duration NOT_SUPPORTED_RETRY = Duration.ofMinutes(30);

  private final Datastore datastore;
  private final SyncListener listener;
  private final Backoff backoff;
  private final RandomGenerator random;
  private final List<Stream<?>> streams = new ArrayList<>();

  /** Held while the listener is called; guards everything below. */
  private final ReentrantLock lock = new ReentrantLock();

  private int listed;
  private boolean closed;

  public Syncer(Datastore datastore, List<Query<?>> queries, SyncListener listener) {
    this(datastore, queries, listener, Backoff.DEFAULT, RandomGenerator.getDefault());
  }

  public Syncer(
      Datastore datastore,
      List<Query<?>> queries,
      SyncListener listener,
      Backoff backoff,
      RandomGenerator random) {
    this.datastore = datastore;
    this.listener = listener;
    this.backoff = backoff;
    this.random = random;
    for (Query<?> query : queries) {
      streams.add(new Stream<>(query));
    }
  }

  /** Starts; the listener is called from threads of the syncer, one at a time. */
  public void start() {
    lock.lock();
    try {
      listener.onStatus(SyncListener.Status.WAIT_FOR_DATASTORE);
      if (streams.isEmpty()) {
        listener.onStatus(SyncListener.Status.RESYNC_IN_PROGRESS);
        listener.onStatus(SyncListener.Status.IN_SYNC);
      }
      for (Stream<?> stream : streams) {
        stream.thread.start();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends; after this returns the listener is not called any more. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    streams.forEach(stream -> stream.thread.interrupt());
  }

  /** One query, and what the listener has of it. */
  private final class Stream<V> {
    private final Query<V> query;
    private final Thread thread;

    /** The revision that the listener has of each key; guarded by the lock. */
    private final Map<Key<V>, Revision> known = new HashMap<>();

    private boolean everListed;
    private int failures;

    Stream(Query<V> query) {
      this.query = query;
      this.thread = Thread.ofVirtual().name("syncer " + query).unstarted(this::run);
    }

    private void run() {
      try {
        while (!Thread.interrupted()) {
          Thread.sleep(once());
        }
      } catch (InterruptedException _) {
        log.debug("closed query={}", query);
      }
    }

    /** Lists and watches until that breaks; returns how long to wait before the next time. */
    private Duration once() throws InterruptedException {
      long start = System.nanoTime();
      try {
        Listing<V> listing;
        try {
          listing = datastore.list(query);
        } catch (DatastoreException.NotSupported e) {
          log.info("not in this datastore query={} reason={}", query, e.getMessage());
          deliver(new Listing<>(List.of(), new Revision("")));
          return NOT_SUPPORTED_RETRY;
        }
        deliver(listing);
        Follower follower = new Follower();
        start = System.nanoTime();
        try (Watch _ = datastore.watch(query, listing.revision(), follower)) {
          throw follower.ended.get();
        }
      } catch (DatastoreException e) {
        log.warn("will list again query={} reason={}", query, e.getMessage());
      } catch (ExecutionException e) {
        log.error("listener failed, will list again query={}", query, e.getCause());
      } catch (RuntimeException e) {
        log.error("failed, will list again query={}", query, e);
      }
      // A watch that held for long was healthy: start again with short delays.
      failures = System.nanoTime() - start > backoff.max().toNanos() ? 1 : failures + 1;
      synchronized (random) {
        return backoff.delay(failures, random);
      }
    }

    private void deliver(Listing<V> listing) {
      lock.lock();
      try {
        if (closed) {
          return;
        }
        if (listed == 0 && !everListed) {
          listener.onStatus(SyncListener.Status.RESYNC_IN_PROGRESS);
        }
        Set<Key<V>> gone = new HashSet<>(known.keySet());
        for (Entry<V> entry : listing.entries()) {
          gone.remove(entry.key());
          put(entry);
        }
        gone.forEach(this::delete);
        if (!everListed) {
          everListed = true;
          if (++listed == streams.size()) {
            listener.onStatus(SyncListener.Status.IN_SYNC);
          }
        }
      } finally {
        lock.unlock();
      }
    }

    private void put(Entry<V> entry) {
      if (!entry.revision().equals(known.get(entry.key()))) {
        listener.onUpdate(entry.key(), entry.value());
        known.put(entry.key(), entry.revision());
      }
    }

    private void delete(Key<V> key) {
      if (known.containsKey(key)) {
        listener.onUpdate(key, null);
        known.remove(key);
      }
    }

    /** Passes on what a watch reports, until it ends or the listener fails. */
    private final class Follower implements WatchListener<V> {
      final CompletableFuture<DatastoreException> ended = new CompletableFuture<>();

      @Override
      public void onPut(Entry<V> entry) {
        pass(() -> put(entry));
      }

      @Override
      public void onDelete(Key<V> key) {
        pass(() -> delete(key));
      }

      @Override
      public void onEnded(DatastoreException reason) {
        ended.complete(reason);
      }

      private void pass(Runnable change) {
        lock.lock();
        try {
          if (!closed && !ended.isDone()) {
            change.run();
          }
        } catch (RuntimeException e) {
          ended.completeExceptionally(e);
        } finally {
          lock.unlock();
        }
      }
    }
  }
}
