package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits until something is so of one resource, told by a watch. */
final class ResourceWait {
  private final Datastore datastore;

  ResourceWait(Datastore datastore) {
    this.datastore = datastore;
  }

  /**
   * Returns when it is so.
   *
   * @return false if it was not within the time
   * @throws DatastoreException.DoesNotExist if there is no such resource and it is neither its
   *     creation nor its deletion that is waited for
   */
  <S> boolean await(ResourceKey<S> key, Expectation expectation, long limitNanos) {
    Resource<S> first = datastore.get(key).map(Entry::value).orElse(null);
    Expectation expected = expectation;
    switch (expectation) {
      case Expectation.Deletion _ ->
          expected = new Expectation.Deletion(first == null ? null : first.metadata().uid());
      case Expectation.Creation _ -> {}
      case Expectation.Condition _, Expectation.Value _ -> {
        if (first == null) {
          throw new DatastoreException.DoesNotExist(key);
        }
      }
    }
    if (expected.met(first)) {
      return true;
    }
    if (limitNanos <= 0) {
      return false;
    }
    Listener listener = new Listener(key, expected);
    Query<?> query = new Query.Resources<>(key.kind(), key.namespace(), key.name());
    try (Syncer syncer = new Syncer(datastore, List.of(query), listener)) {
      syncer.start();
      listener.met.get(limitNanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException _) {
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("nothing completes it with a failure", e);
    }
  }

  private static final class Listener implements SyncListener {
    final CompletableFuture<Void> met = new CompletableFuture<>();
    private final ResourceKey<?> key;
    private final Expectation expected;
    private @Nullable Resource<?> last;

    Listener(ResourceKey<?> key, Expectation expected) {
      this.key = key;
      this.expected = expected;
    }

    /** Of a resource that has gone before the first listing nothing is reported. */
    @Override
    public void onStatus(Status status) {
      if (status == Status.IN_SYNC) {
        check();
      }
    }

    @Override
    public <V> void onUpdate(Key<V> changed, @Nullable V value) {
      if (changed.equals(key)) {
        last = value instanceof Resource<?> resource ? resource : null;
        check();
      }
    }

    private void check() {
      if (expected.met(last)) {
        met.complete(null);
      }
    }
  }
}
