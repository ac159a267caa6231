package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.ipam.IpamHandle;
import calico.model.key.IpamKey;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How many addresses each owner holds in each block; a handle is gone when that is none. What was
 * made here is remembered, if that is wanted, so that it need not be read to be released: nearly
 * every handle is made once and goes as it was made.
 */
final class Handles {
  private final Datastore datastore;
  private final Retry retry;
  private final boolean remembers;
  private final Map<String, Entry<IpamHandle>> made = new ConcurrentHashMap<>();

  Handles(Datastore datastore, Retry retry, boolean remembers) {
    this.datastore = datastore;
    this.retry = retry;
    this.remembers = remembers;
  }

  /** A handle as it was made here; it may have changed since. At most once. */
  Optional<Entry<IpamHandle>> recall(String id) {
    return Optional.ofNullable(made.remove(id));
  }

  Optional<Entry<IpamHandle>> get(String id) {
    return datastore.get(new IpamKey.Handle(id));
  }

  /**
   * Counts more. Does nothing for a null id.
   *
   * @param counts number of addresses by block, at least one
   */
  void increment(@Nullable String id, Map<Cidr, Integer> counts) {
    if (id == null) {
      return;
    }
    IpamKey.Handle key = new IpamKey.Handle(id);
    IpamHandle fresh = new IpamHandle(Map.copyOf(counts), false);
    try {
      // Nearly every owner asks once, so the handle is new.
      Entry<IpamHandle> created = datastore.create(key, fresh);
      if (remembers) {
        made.put(id, created);
      }
      return;
    } catch (DatastoreException.AlreadyExists _) {
      made.remove(id); // It holds something already: add to it.
    }
    retry.whileConflicting(
        "incrementing handle " + id,
        () -> {
          Entry<IpamHandle> old = datastore.get(key).orElse(null);
          if (old == null) {
            return datastore.create(key, fresh);
          }
          Map<Cidr, Integer> blocks = new TreeMap<>(old.value().blocks());
          counts.forEach((block, count) -> blocks.merge(block, count, Integer::sum));
          return datastore.update(key, new IpamHandle(blocks, false), old.revision());
        });
  }

  /**
   * Everything has been released that a handle counted when it was read: it goes, though an
   * allocator that was killed may have it count more than there was. If it has changed since, it
   * counts less.
   *
   * @param counts what was released
   * @return whether it was still as it was read
   */
  boolean drop(String id, Map<Cidr, Integer> counts, Entry<IpamHandle> read) {
    try {
      datastore.delete(read.key(), read.revision());
      return true;
    } catch (DatastoreException.DoesNotExist _) {
      return false; // Another was faster.
    } catch (DatastoreException.Conflict _) {
      decrement(id, counts);
      return false;
    }
  }

  /** Counts less. Does nothing for a null or unknown id. */
  void decrement(@Nullable String id, Map<Cidr, Integer> counts) {
    decrement(id, counts, null);
  }

  /**
   * As above.
   *
   * @param read the handle as it was just read, or null
   */
  void decrement(@Nullable String id, Map<Cidr, Integer> counts, @Nullable Entry<IpamHandle> read) {
    if (id == null || counts.isEmpty()) {
      return;
    }
    made.remove(id);
    IpamKey.Handle key = new IpamKey.Handle(id);
    boolean[] first = {read != null};
    retry.whileConflicting(
        "decrementing handle " + id,
        () -> {
          Entry<IpamHandle> old = first[0] ? read : datastore.get(key).orElse(null);
          first[0] = false;
          if (old == null) {
            return false;
          }
          Map<Cidr, Integer> blocks = new TreeMap<>(old.value().blocks());
          counts.forEach(
              (block, count) ->
                  blocks.computeIfPresent(block, (_, held) -> held > count ? held - count : null));
          if (blocks.isEmpty()) {
            datastore.delete(key, old.revision());
          } else {
            datastore.update(key, new IpamHandle(blocks, false), old.revision());
          }
          return true;
        });
  }
}
