package calico.datastore;

import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.resource.Kinds;
import calico.reconcile.Backoff;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a listener up to date with the entries of some queries: lists, then watches, and when a
 * watch breaks lists again and passes on only the difference. It keeps trying until it is closed.
 *
 * <p>Statuses: WAIT_FOR_DATASTORE at the start, RESYNC_IN_PROGRESS when the first entry is there,
 * IN_SYNC once, when every query has been listed. A later disconnection is not a status: what the
 * listener has stays valid until the datastore says otherwise.
 *
 * <p>One made by {@link #whileReady} follows {@link ReadyFlag} too: while the flag is not true its
 * status is WAIT_FOR_DATASTORE and nothing is passed on; when it is true again, the other two
 * statuses come again and between them the difference to what the listener was told before.
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

  /** Follows the flag, or null if that is of no interest. */
  private final @Nullable Syncer flag;

  /** Held while the listener is called; guards everything below. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition readyChanged = lock.newCondition();

  /** Whether changes may be passed on, and how often that has changed. */
  private boolean ready;

  private int epoch;
  private boolean resyncTold;
  private int listed;
  private boolean closed;

  /** Passes on changes whatever {@link ReadyFlag} says. */
  public Syncer(Datastore datastore, List<Query<?>> queries, SyncListener listener) {
    this(datastore, queries, listener, Backoff.DEFAULT, RandomGenerator.getDefault());
  }

  /** Passes on changes only while {@link ReadyFlag} is true. */
  public static Syncer whileReady(
      Datastore datastore, List<Query<?>> queries, SyncListener listener) {
    return new Syncer(
        datastore, queries, listener, Backoff.DEFAULT, RandomGenerator.getDefault(), true);
  }

  public Syncer(
      Datastore datastore,
      List<Query<?>> queries,
      SyncListener listener,
      Backoff backoff,
      RandomGenerator random) {
    this(datastore, queries, listener, backoff, random, false);
  }

  Syncer(
      Datastore datastore,
      List<Query<?>> queries,
      SyncListener listener,
      Backoff backoff,
      RandomGenerator random,
      boolean onlyWhileReady) {
    this.datastore = datastore;
    this.listener = listener;
    this.backoff = backoff;
    this.random = random;
    for (Query<?> query : queries) {
      streams.add(new Stream<>(query));
    }
    this.ready = !onlyWhileReady;
    this.flag =
        onlyWhileReady
            ? new Syncer(
                datastore,
                List.of(Query.all(Kinds.CLUSTER_INFORMATION)),
                new FlagListener(),
                backoff,
                random)
            : null;
  }

  /** Starts; the listener is called from threads of the syncer, one at a time. */
  public void start() {
    lock.lock();
    try {
      listener.onStatus(SyncListener.Status.WAIT_FOR_DATASTORE);
      if (ready) {
        inSyncIfEmpty();
      }
      for (Stream<?> stream : streams) {
        stream.thread.start();
      }
    } finally {
      lock.unlock();
    }
    if (flag != null) {
      flag.start();
    }
  }

  private void inSyncIfEmpty() {
    if (streams.isEmpty()) {
      resyncTold = true;
      listener.onStatus(SyncListener.Status.RESYNC_IN_PROGRESS);
      listener.onStatus(SyncListener.Status.IN_SYNC);
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
    if (flag != null) {
      flag.close();
    }
    streams.forEach(stream -> stream.thread.interrupt());
  }

  private void setReady(boolean now) {
    lock.lock();
    try {
      if (closed || now == ready) {
        return;
      }
      ready = now;
      epoch++;
      readyChanged.signalAll();
      if (ready) {
        inSyncIfEmpty();
        return;
      }
      log.warn("holding back until it is true: {}", ReadyFlag.NAME);
      boolean waits = !resyncTold; // nothing was told since the flag was not true before
      resyncTold = false;
      listed = 0;
      streams.forEach(Stream::suspend);
      if (!waits) {
        listener.onStatus(SyncListener.Status.WAIT_FOR_DATASTORE);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends a watch because the flag is not true any more. */
  private static final class Suspended extends DatastoreException {
    private static final long serialVersionUID = 1;

    Suspended() {
      super(ReadyFlag.NAME + " is not true", null);
    }
  }

  /** Tells the syncer it belongs to. */
  private final class FlagListener implements SyncListener {
    @Override
    public void onStatus(Status status) {
      // Only what the flag says counts; not known is not true.
    }

    @Override
    public <V> void onUpdate(Key<V> key, @Nullable V value) {
      if (key.equals(ReadyFlag.KEY)) {
        setReady(ReadyFlag.isTrue(value));
      }
    }
  }

  /** One query, and what the listener has of it. */
  private final class Stream<V> {
    private final Query<V> query;
    private final Thread thread;

    /**
     * The revision that the listener has of each key. Guarded by the lock; the thread that lists is
     * the only one to change it meanwhile, so it may read it without.
     */
    private final Map<Key<V>, Revision> known = new HashMap<>();

    /** Whether the listener has a listing, since the flag turned true; guarded by the lock. */
    private boolean everListed;

    /** The running watch; guarded by the lock. */
    private @Nullable Follower following;

    private int failures;

    Stream(Query<V> query) {
      this.query = query;
      this.thread = Thread.ofVirtual().name("syncer " + query).unstarted(this::run);
    }

    private void run() {
      try {
        while (!Thread.interrupted()) {
          int began = awaitReady();
          pause(once(began), began);
        }
      } catch (InterruptedException _) {
        log.debug("closed query={}", query);
      }
    }

    /** Returns the epoch in which the flag was found true. */
    private int awaitReady() throws InterruptedException {
      lock.lockInterruptibly();
      try {
        while (!ready) {
          readyChanged.await();
        }
        return epoch;
      } finally {
        lock.unlock();
      }
    }

    /** Waits for that long; shorter if the flag changes, or has since {@code began}. */
    private void pause(Duration delay, int began) throws InterruptedException {
      lock.lockInterruptibly();
      try {
        long left = delay.toNanos();
        while (left > 0 && epoch == began) {
          left = readyChanged.awaitNanos(left);
        }
      } finally {
        lock.unlock();
      }
    }

    /** The flag is not true any more: ends the watch, so that everything is listed again. */
    private void suspend() {
      everListed = false;
      if (following != null) {
        following.onEnded(new Suspended());
      }
    }

    /** Lists and watches until that breaks; returns how long to wait before the next time. */
    private Duration once(int began) throws InterruptedException {
      long start = System.nanoTime();
      try {
        Relisting relisting = new Relisting(began);
        Revision revision;
        try {
          revision = datastore.scan(query, relisting);
        } catch (DatastoreException.NotSupported e) {
          log.info("not in this datastore query={} reason={}", query, e.getMessage());
          relisting.finish(null);
          return NOT_SUPPORTED_RETRY;
        }
        Follower follower = new Follower();
        if (!relisting.finish(follower)) {
          return Duration.ZERO;
        }
        start = System.nanoTime();
        try (Watch _ = datastore.watch(query, revision, follower)) {
          throw follower.ended.get();
        }
      } catch (Suspended e) {
        log.debug("will list again query={} reason={}", query, e.getMessage());
      } catch (DatastoreException e) {
        log.warn("will list again query={} reason={}", query, e.getMessage());
      } catch (ExecutionException e) {
        log.error("listener failed, will list again query={}", query, e.getCause());
      } catch (RuntimeException e) {
        log.error("failed, will list again query={}", query, e);
      }
      // A watch that held for long was healthy: start again with short delays.
      failures = System.nanoTime() - start > backoff.limit().toNanos() ? 1 : failures + 1;
      synchronized (random) {
        return backoff.wait(failures, random);
      }
    }

    /** Passes on a listing, page by page, for as long as the flag stays as it was. */
    private final class Relisting implements Predicate<Listing<V>> {
      private final int began;

      /** Keys that have not been listed again so far; guarded by the lock. */
      private final Set<Key<V>> gone;

      Relisting(int began) {
        this.began = began;
        lock.lock();
        try {
          this.gone = new HashSet<>(known.keySet());
        } finally {
          lock.unlock();
        }
      }

      @Override
      public boolean test(Listing<V> page) {
        Set<Key<V>> refused = refused(page); // which takes time, so not while others wait
        lock.lock();
        try {
          if (!begin()) {
            return false;
          }
          for (Entry<V> entry : page.entries()) {
            gone.remove(entry.key());
            put(entry, !refused.contains(entry.key()));
          }
          for (Undecodable<V> value : page.undecodable()) {
            gone.remove(value.key());
            put(value);
          }
          return true;
        } finally {
          lock.unlock();
        }
      }

      private Set<Key<V>> refused(Listing<V> page) {
        Set<Key<V>> refused = new HashSet<>();
        for (Entry<V> entry : page.entries()) {
          if (isNews(entry.key(), entry.revision())
              && !listener.accepts(entry.key(), entry.value())) {
            refused.add(entry.key());
          }
        }
        return refused;
      }

      /** Whether the listener may have it, and then whoever follows what comes after it. */
      boolean finish(@Nullable Follower follower) {
        lock.lock();
        try {
          if (!begin()) {
            return false;
          }
          following = follower;
          gone.forEach(Stream.this::delete);
          if (!everListed) {
            everListed = true;
            if (++listed == streams.size()) {
              listener.onStatus(SyncListener.Status.IN_SYNC);
            }
          }
          return true;
        } finally {
          lock.unlock();
        }
      }

      private boolean begin() {
        if (closed || !ready || epoch != began) {
          return false;
        }
        if (!resyncTold) {
          resyncTold = true;
          listener.onStatus(SyncListener.Status.RESYNC_IN_PROGRESS);
        }
        return true;
      }
    }

    private boolean isNews(Key<V> key, Revision revision) {
      return !revision.equals(known.get(key));
    }

    private void put(Entry<V> entry, boolean accepted) {
      if (isNews(entry.key(), entry.revision())) {
        if (accepted) {
          listener.onUpdate(entry.key(), entry.value());
        } else {
          listener.onRefused(entry.key());
        }
        known.put(entry.key(), entry.revision());
      }
    }

    private void put(Undecodable<V> value) {
      if (isNews(value.key(), value.revision())) {
        listener.onUndecodable(value.key(), value.problem());
        known.put(value.key(), value.revision());
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
        pass(() -> put(entry, listener.accepts(entry.key(), entry.value())));
      }

      @Override
      public void onDelete(Key<V> key) {
        pass(() -> delete(key));
      }

      @Override
      public void onUndecodable(Undecodable<V> value) {
        pass(() -> put(value));
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
