package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.DefaultAllowProfile;
import calico.datastore.Entry;
import calico.datastore.Listing;
import calico.datastore.QueryFilter;
import calico.datastore.Revision;
import calico.datastore.Stamp;
import calico.datastore.Watch;
import calico.datastore.WatchListener;
import calico.model.json.Yaml;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.key.StatusKey;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A datastore as it would be: what is read comes from the real one, what is written stays here, and
 * is read from here afterwards. So a command that runs on it meets everything that it would meet,
 * and changes nothing. Each key is read once, and is then as it was.
 */
final class Rehearsal implements Datastore {
  /** What would become of a value. */
  enum Effect {
    CREATED,
    UPDATED,
    UNCHANGED,
    DELETED
  }

  private final Datastore actual;
  private final Map<Key<?>, Optional<Entry<?>>> read = new ConcurrentHashMap<>();

  /** Empty where the value would be gone. In the order of writing. */
  private final Map<Key<?>, Optional<Entry<?>>> written =
      Collections.synchronizedMap(new LinkedHashMap<>());

  private final AtomicLong writes = new AtomicLong();

  Rehearsal(Datastore actual) {
    this.actual = actual;
  }

  /** What is stored under a key, if it has been read. */
  <V> Optional<Entry<V>> before(Key<V> key) {
    return cast(read.getOrDefault(key, Optional.empty()));
  }

  /** The difference that the writes make to a resource as users see it; empty if they make none. */
  <S> String difference(ResourceKey<S> key) {
    return LineDiff.unified(key + " stored", key + " applied", text(before(key)), text(get(key)));
  }

  /** Without what the datastore sets. */
  private static <S> String text(Optional<Entry<Resource<S>>> entry) {
    if (entry.isEmpty()) {
      return "";
    }
    Resource<S> resource = entry.get().value();
    Metadata m = resource.metadata();
    Metadata own =
        new Metadata(
            m.name(), m.namespace(), m.labels(), m.annotations(), null, null, null, m.unknown());
    return Yaml.print(ResourceCodec.encode(resource.withMetadata(own)));
  }

  Effect effect(Key<?> key) {
    Optional<Entry<?>> after = written.get(key);
    if (after == null) {
      return Effect.UNCHANGED;
    }
    boolean existed = before(key).isPresent();
    if (after.isEmpty()) {
      return existed ? Effect.DELETED : Effect.UNCHANGED;
    }
    return existed ? Effect.UPDATED : Effect.CREATED;
  }

  /** What would be written, in that order. */
  List<Key<?>> writtenKeys() {
    synchronized (written) {
      return List.copyOf(written.keySet());
    }
  }

  /** A key as users know it. */
  static String describe(Key<?> key) {
    return switch (key) {
      case ResourceKey<?> resource -> resource.toString();
      case IpamKey.Block(var cidr) -> "block " + cidr;
      case IpamKey.Affinity(_, var host, var cidr) -> "claim of " + host + " on block " + cidr;
      case IpamKey.Handle(var id) -> "handle " + id;
      case IpamKey.Config() -> "IPAM settings";
      case StatusKey<?> status -> status.toString();
    };
  }

  @Override
  public <V> Optional<Entry<V>> get(Key<V> key) {
    Optional<Entry<?>> own = written.get(key);
    if (own != null) {
      return cast(own);
    }
    Optional<Entry<?>> known = read.get(key);
    if (known == null) {
      Optional<Entry<?>> found = actual.get(key).map(e -> e);
      Optional<Entry<?>> other = read.putIfAbsent(key, found);
      known = other == null ? found : other;
    }
    return cast(known);
  }

  @Override
  public <V> Revision scan(Query<V> query, Predicate<Listing<V>> page) {
    Listing<V> stored = actual.list(query);
    Map<Key<?>, Entry<V>> out = new LinkedHashMap<>();
    stored.entries().forEach(e -> out.put(e.key(), e));
    synchronized (written) {
      written.forEach(
          (key, value) -> {
            if (value.isEmpty()) {
              out.remove(key);
            } else if (QueryFilter.matches(query, key)) {
              out.put(key, cast(value.get()));
            }
          });
    }
    var _ = page.test(new Listing<>(List.copyOf(out.values()), stored.revision()));
    return stored.revision();
  }

  @Override
  public <V> Entry<V> create(Key<V> key, V value) {
    DefaultAllowProfile.refuseCreate(key);
    V created = Stamp.SYSTEM.created(value);
    if (get(key).isPresent()) {
      throw new DatastoreException.AlreadyExists(key);
    }
    return write(key, created);
  }

  @Override
  public <V> Entry<V> update(Key<V> key, V value, Revision revision) {
    DefaultAllowProfile.refuseChange("Update", key);
    V updated = Stamp.updated(value);
    require(key, revision);
    return write(key, updated);
  }

  @Override
  public <V> Entry<V> put(Key<V> key, V value, @Nullable Duration ttl) {
    DefaultAllowProfile.refuseChange("Update", key);
    Optional<Entry<V>> _ = get(key);
    return write(key, Stamp.SYSTEM.completed(value));
  }

  @Override
  public <V> void delete(Key<V> key, @Nullable Revision revision) {
    DefaultAllowProfile.refuseChange("Delete", key);
    require(key, revision);
    written.put(key, Optional.empty());
  }

  @Override
  public <V> Watch watch(Query<V> query, Revision from, WatchListener<V> listener) {
    throw new DatastoreException.NotSupported("Watch", query, "nothing happens in a rehearsal");
  }

  /** The real datastore is its owner's to close. */
  @Override
  public void close() {}

  private void require(Key<?> key, @Nullable Revision revision) {
    Entry<?> old = get(key).orElseThrow(() -> new DatastoreException.DoesNotExist(key));
    if (revision != null && !revision.equals(old.revision())) {
      throw new DatastoreException.Conflict(key);
    }
  }

  private <V> Entry<V> write(Key<V> key, V value) {
    Revision revision = new Revision("rehearsal-" + writes.incrementAndGet());
    Entry<V> entry =
        new Entry<>(key, Stamp.read(Objects.requireNonNull(value), revision), revision);
    written.put(key, Optional.of(entry));
    return entry;
  }

  /** What is kept under a {@code Key<V>} is an {@code Entry<V>}. */
  @SuppressWarnings("unchecked")
  private static <V> Optional<Entry<V>> cast(Optional<Entry<?>> entry) {
    return entry.map(e -> (Entry<V>) e);
  }

  @SuppressWarnings("unchecked")
  private static <V> Entry<V> cast(Entry<?> entry) {
    return (Entry<V>) entry;
  }
}
