package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Prints resources, then each of them that changes, until the user interrupts it. A deleted one is
 * printed as it was last, with a deletionTimestamp. Broken connections only delay it.
 */
final class ResourceWatch implements SyncListener {
  private final Output.Pages pages;
  private final PrintStream out;
  private final Set<String> names;
  private final boolean onlyChanges;
  private final CountDownLatch ended = new CountDownLatch(1);

  /** As they were printed last. */
  private final Map<Key<?>, Resource<?>> known = new LinkedHashMap<>();

  private boolean listed;

  /**
   * A watch that has not begun.
   *
   * @param out where the pages go: if nobody reads it any more the watch ends
   * @param names of the resources of interest; empty for all
   * @param onlyChanges whether the resources that are there at first are not printed
   */
  ResourceWatch(Output.Pages pages, PrintStream out, Set<String> names, boolean onlyChanges) {
    this.pages = pages;
    this.out = out;
    this.names = names;
    this.onlyChanges = onlyChanges;
  }

  /** Returns when it is interrupted; a signal that would end the process counts as success. */
  void run(Datastore datastore, Query<?> query) {
    Thread atSignal = new Thread(() -> Runtime.getRuntime().halt(0), "end of watch");
    Runtime.getRuntime().addShutdownHook(atSignal);
    try (Syncer syncer = new Syncer(datastore, List.of(query), this)) {
      syncer.start();
      ended.await();
    } catch (InterruptedException _) {
      // What a signal is to a process, an interruption is to a thread.
    }
    Runtime.getRuntime().removeShutdownHook(atSignal);
  }

  @Override
  public void onStatus(Status status) {
    if (status == Status.IN_SYNC && !listed) {
      listed = true;
      if (!onlyChanges) {
        print(List.copyOf(known.values()));
      }
    }
  }

  @Override
  public <V> void onUpdate(Key<V> key, @Nullable V value) {
    if (!(key instanceof ResourceKey<?> k) || !(names.isEmpty() || names.contains(k.name()))) {
      return;
    }
    if (value instanceof Resource<?> resource) {
      known.put(key, resource);
      if (listed) {
        print(List.of(resource));
      }
    } else {
      Resource<?> old = known.remove(key);
      if (old != null && listed) {
        print(List.of(deleted(old)));
      }
    }
  }

  private void print(List<Resource<?>> resources) {
    pages.page(resources, "");
    if (out.checkError()) {
      ended.countDown();
    }
  }

  private static <S> Resource<S> deleted(Resource<S> resource) {
    Metadata m = resource.metadata();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>(m.unknown().fields());
    fields.put(Tables.DELETED, Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    return resource.withMetadata(
        new Metadata(
            m.name(),
            m.namespace(),
            m.labels(),
            m.annotations(),
            m.uid(),
            m.creationTimestamp(),
            m.resourceVersion(),
            new Unknown(fields)));
  }
}
