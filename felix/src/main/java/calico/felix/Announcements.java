package calico.felix;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the calculation know of endpoints that this process is about to write, so that the kernel is
 * programmed while the datastore writes. Everything that the datastore brings passes through here.
 *
 * <p>What the datastore says is what counts. Until it brings the endpoint of the announced
 * container, what it says of the same key is older and is passed over. If that does not come, or
 * the write failed, the datastore is asked, and its answer takes the announcement's place.
 */
final class Announcements {
  private static final Logger LOG = LoggerFactory.getLogger(Announcements.class);

  private final Datastore datastore;
  private final Predicate<Resource<?>> valid;
  private final BiConsumer<Key<?>, Optional<Object>> out;
  private final Consumer<Runnable> later;

  /** Guarded by this; held while {@link #out} is told, for the order in which it is. */
  private final Map<Key<?>, Announcement> open = new HashMap<>();

  /** What was announced, and how many older things have been passed over since. */
  private static final class Announcement {
    final Resource<WorkloadEndpointSpec> endpoint;
    int passedOver;

    Announcement(Resource<WorkloadEndpointSpec> endpoint) {
      this.endpoint = endpoint;
    }

    boolean isBroughtBy(@Nullable Object value) {
      return value instanceof Resource<?> resource
          && resource.spec() instanceof WorkloadEndpointSpec spec
          && Objects.equals(spec.containerID(), endpoint.spec().containerID());
    }
  }

  /**
   * Announcements to one calculation.
   *
   * @param valid what does not pass counts as absent
   * @param out the way to the calculation
   * @param later runs a task, which may block, when the datastore has had time enough to bring what
   *     was announced
   */
  Announcements(
      Datastore datastore,
      Predicate<Resource<?>> valid,
      BiConsumer<Key<?>, Optional<Object>> out,
      Consumer<Runnable> later) {
    this.datastore = datastore;
    this.valid = valid;
    this.out = out;
    this.later = later;
  }

  /** An endpoint is about to be written to the datastore. */
  synchronized void announce(
      ResourceKey<WorkloadEndpointSpec> key, Resource<WorkloadEndpointSpec> endpoint) {
    if (!valid.test(endpoint)) {
      return;
    }
    Announcement announcement = new Announcement(endpoint);
    open.put(key, announcement);
    out.accept(key, Optional.of(endpoint));
    later.accept(() -> ask(key, announcement));
  }

  /** It was not written, or it is not known whether it was. */
  void withdraw(ResourceKey<WorkloadEndpointSpec> key) {
    Announcement announcement;
    synchronized (this) {
      announcement = open.get(key);
    }
    if (announcement != null) {
      ask(key, announcement);
    }
  }

  /**
   * The datastore brings something.
   *
   * @param value null if the key has none
   */
  synchronized void onUpdate(Key<?> key, @Nullable Object value) {
    Announcement announcement = open.get(key);
    if (announcement != null) {
      if (!announcement.isBroughtBy(value)) {
        announcement.passedOver++;
        return;
      }
      open.remove(key);
    }
    out.accept(key, Optional.ofNullable(value));
  }

  private boolean isOpen(Key<?> key, Announcement announcement) {
    return open.get(key) == announcement;
  }

  private void ask(ResourceKey<WorkloadEndpointSpec> key, Announcement announcement) {
    int passedOver;
    Optional<Object> answer;
    do {
      synchronized (this) {
        if (!isOpen(key, announcement)) {
          return;
        }
        passedOver = announcement.passedOver;
      }
      try {
        answer = datastore.get(key).<Object>map(entry -> entry.value()).filter(this::isValid);
      } catch (DatastoreException e) {
        LOG.warn("cannot find out whether {} was written: {}", key, e.getMessage());
        later.accept(() -> ask(key, announcement));
        return;
      }
    } while (!settle(key, announcement, passedOver, answer));
  }

  private boolean isValid(Object value) {
    return value instanceof Resource<?> resource && valid.test(resource);
  }

  /** False if the answer may be older than what was passed over meanwhile. */
  private synchronized boolean settle(
      Key<?> key, Announcement announcement, int passedOver, Optional<Object> answer) {
    if (!isOpen(key, announcement)) {
      return true;
    }
    if (announcement.passedOver != passedOver) {
      return false;
    }
    open.remove(key);
    out.accept(key, answer);
    return true;
  }
}
