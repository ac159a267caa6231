package calico.systemtest;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes from one thread to keys of its own, and knows of each what must be stored: the last write
 * that was acknowledged, or one after it that got no answer. After a write without an answer it
 * reads until it knows; finding anything else is the loss of an acknowledged write.
 *
 * <p>The n-th write of a thread stores the address n, so that values say which of two is newer.
 */
final class EtcdWrites {
  static final Query<Resource<NetworkSetSpec>> QUERY = Query.all(Kinds.GLOBAL_NETWORK_SET);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final String ABSENT = "absent";

  private final Datastore datastore;
  private final String name;
  private final int keys;
  private final Random random;
  private final Map<ResourceKey<NetworkSetSpec>, Stored> all = new HashMap<>();
  private int serial;
  private int acknowledged;
  private int unanswered;
  private long longestSilenceNanos;

  /** What a key has, and what it may get yet from writes that were not answered. */
  private static final class Stored {
    @Nullable Entry<Resource<NetworkSetSpec>> entry;
    final Set<String> doubtful = new HashSet<>();
  }

  EtcdWrites(Datastore datastore, String name, int keys, long seed) {
    this.datastore = datastore;
    this.name = name;
    this.keys = keys;
    this.random = new Random(seed);
  }

  /** Writes until {@code count} writes are acknowledged, evenly over {@code duration} or longer. */
  void write(int count, Duration duration) throws InterruptedException {
    long start = System.nanoTime();
    write(() -> acknowledged >= count, () -> start + duration.toNanos() / count * acknowledged);
  }

  /** Writes as fast as it can until told to end. */
  void writeUntil(BooleanSupplier end) throws InterruptedException {
    write(end, System::nanoTime);
  }

  private interface Pace {
    /** When the next write is due, as of System.nanoTime. */
    long due();
  }

  private void write(BooleanSupplier end, Pace pace) throws InterruptedException {
    long last = System.nanoTime();
    while (!end.getAsBoolean()) {
      TimeUnit.NANOSECONDS.sleep(pace.due() - System.nanoTime());
      int before = acknowledged;
      step(ResourceKey.of(Kinds.GLOBAL_NETWORK_SET, name + "-" + random.nextInt(keys)));
      long now = System.nanoTime();
      if (acknowledged > before) {
        longestSilenceNanos = Math.max(longestSilenceNanos, now - last);
        last = now;
      } else if (now - last > PATIENCE_NANOS) {
        throw new AssertionError(name + ": no write was acknowledged for 60 s");
      }
    }
  }

  private void step(ResourceKey<NetworkSetSpec> key) throws InterruptedException {
    Stored stored = all.computeIfAbsent(key, _ -> new Stored());
    Entry<Resource<NetworkSetSpec>> entry = stored.entry;
    boolean delete = entry != null && random.nextInt(10) == 0;
    Resource<NetworkSetSpec> value = value(key, ++serial);
    try {
      if (entry == null) {
        stored.entry = datastore.create(key, value);
      } else if (delete) {
        datastore.delete(key, entry.revision());
        stored.entry = null;
      } else {
        stored.entry =
            datastore.update(key, entry.value().withSpec(value.spec()), entry.revision());
      }
      acknowledged++;
      stored.doubtful.clear();
    } catch (DatastoreException.Unavailable e) {
      unanswered++;
      stored.doubtful.add(delete ? ABSENT : text(value));
      readUntilKnown(key, stored, e);
    } catch (DatastoreException e) {
      // Refused because a write that had no answer took place after it was looked for.
      if (stored.doubtful.isEmpty()) {
        throw new AssertionError(name + ": only this thread writes " + key, e);
      }
      readUntilKnown(key, stored, e);
    }
  }

  private void readUntilKnown(
      ResourceKey<NetworkSetSpec> key, Stored stored, DatastoreException why)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      try {
        Entry<Resource<NetworkSetSpec>> found = datastore.get(key).orElse(null);
        String before = text(stored.entry);
        if (!text(found).equals(before) && !stored.doubtful.contains(text(found))) {
          throw new AssertionError(
              "acknowledged write lost: %s has %s, acknowledged was %s, doubtful %s after %s"
                  .formatted(key, text(found), before, stored.doubtful, why.getMessage()));
        }
        stored.entry = found;
        return;
      } catch (DatastoreException.Unavailable e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(20 + random.nextInt(50));
      }
    }
  }

  private static Resource<NetworkSetSpec> value(ResourceKey<NetworkSetSpec> key, int serial) {
    String net = "10." + (serial >> 16) + "." + (serial >> 8 & 255) + "." + (serial & 255) + "/32";
    return Resource.of(
        key.kind(), Metadata.named(key.name()), new NetworkSetSpec(List.of(net), Unknown.NONE));
  }

  private static String text(@Nullable Entry<Resource<NetworkSetSpec>> entry) {
    return entry == null ? ABSENT : text(entry.value());
  }

  static String text(Resource<NetworkSetSpec> value) {
    return Objects.requireNonNull(value.spec().nets()).getFirst();
  }

  /** The serial number in a value's text. */
  static int serial(String text) {
    String[] bytes = text.split("[./]", -1);
    return Integer.parseInt(bytes[1]) << 16
        | Integer.parseInt(bytes[2]) << 8
        | Integer.parseInt(bytes[3]);
  }

  /** What must be stored, by name; complete once the thread has ended. */
  Map<String, String> expected() {
    Map<String, String> texts = new TreeMap<>();
    all.forEach(
        (key, stored) -> {
          if (stored.entry != null) {
            texts.put(key.name(), text(stored.entry));
          }
        });
    return texts;
  }

  int acknowledged() {
    return acknowledged;
  }

  int unanswered() {
    return unanswered;
  }

  Duration longestSilence() {
    return Duration.ofNanos(longestSilenceNanos);
  }
}
