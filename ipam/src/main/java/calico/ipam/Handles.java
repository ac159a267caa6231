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
import org.jspecify.annotations.Nullable;

/** How many addresses each owner holds in each block; a handle is gone when that is none. */
final class Handles {
  private final Datastore datastore;
  private final Retry retry;

  Handles(Datastore datastore, Retry retry) {
    this.datastore = datastore;
    this.retry = retry;
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
      datastore.create(key, fresh);
      return;
    } catch (DatastoreException.AlreadyExists _) {
      // It holds something already: add to it.
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
   */
  void drop(String id, Map<Cidr, Integer> counts, Entry<IpamHandle> read) {
    try {
      datastore.delete(read.key(), read.revision());
    } catch (DatastoreException.DoesNotExist _) {
      // Another was faster.
    } catch (DatastoreException.Conflict _) {
      decrement(id, counts);
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
