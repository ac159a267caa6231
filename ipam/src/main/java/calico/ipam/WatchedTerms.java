package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.model.Cidr;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamConfig;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.IpReservationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The terms of one host, kept up to date by watches, so that an allocation reads none of them. */
final class WatchedTerms implements SyncListener, AutoCloseable {

  /**
   * The terms at one moment.
   *
   * @param host whose labels these are
   * @param leaving blocks that somebody has begun to take from the host
   */
  record Snapshot(
      IpamConfig config,
      Reservations reservations,
      List<Pool> pools,
      String host,
      @Nullable Map<String, String> hostLabels,
      Set<Cidr> leaving)
      implements Terms {

    @Override
    public @Nullable Map<String, String> labels(String of) {
      return of.equals(host) ? hostLabels : null;
    }
  }

  private final Owner owner;
  private final Syncer syncer;

  // Of the syncer, which calls from one thread at a time.
  private final Map<String, Pool> pools = new TreeMap<>();
  private final Map<String, Reservations> reservations = new TreeMap<>();
  private final Set<Cidr> leaving = new HashSet<>();
  private IpamConfig config = IpamConfig.DEFAULT;
  private @Nullable Map<String, String> labels;
  private boolean inSync;

  private volatile @Nullable Snapshot latest;

  WatchedTerms(Datastore datastore, Owner owner) {
    this.owner = owner;
    this.syncer = new Syncer(datastore, queries(owner), this);
  }

  static List<Query<?>> queries(Owner owner) {
    return List.of(
        new Query.Config(),
        Query.all(Kinds.IP_POOL),
        Query.all(Kinds.IP_RESERVATION),
        new Query.Resources<>(Kinds.NODE, null, owner.name()),
        new Query.Affinities(owner.type(), owner.name(), null));
  }

  void start() {
    syncer.start();
  }

  /** Null until everything has been read. */
  @Nullable Snapshot latest() {
    return latest;
  }

  @Override
  public void onStatus(Status status) {
    inSync = status == Status.IN_SYNC;
    publish();
  }

  @Override
  public <V> void onUpdate(Key<V> key, @Nullable V value) {
    switch (key) {
      case IpamKey.Config _ -> config = value instanceof IpamConfig set ? set : IpamConfig.DEFAULT;
      case IpamKey.Affinity affinity -> {
        if (value instanceof BlockAffinity a && a.state().equals(Affinities.PENDING_DELETION)) {
          leaving.add(affinity.cidr());
        } else {
          leaving.remove(affinity.cidr());
        }
      }
      case ResourceKey<?> resource -> update(resource, value);
      default -> throw new IllegalArgumentException("not asked for: " + key);
    }
    publish();
  }

  private void update(ResourceKey<?> key, @Nullable Object value) {
    Resource<?> resource = value instanceof Resource<?> r ? r : null;
    if (key.kind().equals(Kinds.IP_POOL)) {
      pools.remove(key.name());
      if (resource != null && resource.spec() instanceof IpPoolSpec spec) {
        Pool.of(resource, spec).ifPresent(pool -> pools.put(key.name(), pool));
      }
    } else if (key.kind().equals(Kinds.IP_RESERVATION)) {
      reservations.remove(key.name());
      if (resource != null && resource.spec() instanceof IpReservationSpec spec) {
        reservations.put(key.name(), Reservations.of(key.name(), spec));
      }
    } else if (key.name().equals(owner.name())) {
      labels = resource == null ? null : resource.metadata().labels();
    }
  }

  private void publish() {
    latest =
        inSync
            ? new Snapshot(
                config,
                Reservations.joined(reservations.values().stream()),
                List.copyOf(pools.values()),
                owner.name(),
                labels,
                Set.copyOf(leaving))
            : null;
  }

  @Override
  public void close() {
    syncer.close();
  }
}
