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

  Optional<IpamHandle> get(String id) {
    return datastore.get(new IpamKey.Handle(id)).map(Entry::value);
  }

  /** Does nothing for a null id. */
  void increment(@Nullable String id, Cidr block, int count) {
    if (id == null) {
      return;
    }
    IpamKey.Handle key = new IpamKey.Handle(id);
    try {
      // Nearly every owner asks once, so the handle is new.
      datastore.create(key, new IpamHandle(Map.of(block, count), false));
      return;
    } catch (DatastoreException.AlreadyExists _) {
      // It holds something already: add to it.
    }
    retry.whileConflicting(
        "incrementing handle " + id,
        () -> {
          Entry<IpamHandle> old = datastore.get(key).orElse(null);
          if (old == null) {
            return datastore.create(key, new IpamHandle(Map.of(block, count), false));
          }
          Map<Cidr, Integer> blocks = new TreeMap<>(old.value().blocks());
          blocks.merge(block, count, Integer::sum);
          return datastore.update(key, new IpamHandle(blocks, false), old.revision());
        });
  }

  /** Does nothing for a null or unknown id. */
  void decrement(@Nullable String id, Cidr block, int count) {
    if (id == null) {
      return;
    }
    IpamKey.Handle key = new IpamKey.Handle(id);
    retry.whileConflicting(
        "decrementing handle " + id,
        () -> {
          Entry<IpamHandle> old = datastore.get(key).orElse(null);
          if (old == null) {
            return false;
          }
          Map<Cidr, Integer> blocks = new TreeMap<>(old.value().blocks());
          blocks.computeIfPresent(block, (_, held) -> held > count ? held - count : null);
          if (blocks.isEmpty()) {
            datastore.delete(key, old.revision());
          } else {
            datastore.update(key, new IpamHandle(blocks, false), old.revision());
          }
          return true;
        });
  }
}
