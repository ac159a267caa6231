package calico.ctl;

import calico.datastore.ClusterInit;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.Listing;
import calico.datastore.Revision;
import calico.ipam.Ipam;
import calico.model.Cidr;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.AsNumber;
import calico.model.resource.Defaults;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.TierSpec;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes single resources as calicoctl's verbs mean it, keeping to the rules of each
 * kind. Resources that come in are complete: decoded, defaulted and validated.
 *
 * <p>Every method throws {@link DatastoreException} or {@link CommandException}.
 */
public final class ResourceCommands {
  /** A write that gives no resource version is tried again if another one comes between. */
  private static final int CONFLICT_TRIES = 5;

  /** Of a cluster whose BGPConfiguration says nothing. */
  private static final String DEFAULT_AS_NUMBER = "64512";

  private final Datastore datastore;
  private final KindRules rules;

  public ResourceCommands(Datastore datastore) {
    this.datastore = datastore;
    this.rules = new KindRules(datastore);
  }

  /**
   * Gives an empty datastore what every cluster has. That this user may not write that is no reason
   * not to try what was asked for, so failures other than no answer are left to it.
   */
  public void initialize(Supplier<UUID> uuids) {
    try {
      ClusterInit.ensure(datastore, new ClusterInit.Options(null, null, uuids));
    } catch (DatastoreException.Unavailable e) {
      throw e;
    } catch (DatastoreException _) {
      // The command itself will say what is missing.
    }
  }

  /** Creates, or updates what exists. */
  public <S> Resource<S> apply(Resource<S> resource) {
    for (int tries = 1; ; tries++) {
      try {
        Optional<Entry<Resource<S>>> old = datastore.get(ResourceKey.of(resource));
        return old.isPresent() ? update(old.get(), resource) : create(withoutVersion(resource));
      } catch (DatastoreException.Conflict
          | DatastoreException.AlreadyExists
          | DatastoreException.DoesNotExist e) {
        if (versioned(resource) || tries == CONFLICT_TRIES) {
          throw e;
        }
      }
    }
  }

  /** Creates what must not exist yet. */
  public <S> Resource<S> create(Resource<S> resource) {
    rules.beforeCreate(resource);
    Metadata m = resource.metadata();
    Metadata fresh =
        new Metadata(
            m.name(),
            m.namespace(),
            m.labels(),
            m.annotations(),
            null,
            null,
            m.resourceVersion(),
            m.unknown());
    return datastore.create(ResourceKey.of(resource), resource.withMetadata(fresh)).value();
  }

  /** Updates what must exist already. */
  public <S> Resource<S> replace(Resource<S> resource) {
    ResourceKey<S> key = ResourceKey.of(resource);
    for (int tries = 1; ; tries++) {
      Entry<Resource<S>> old = existing(key);
      try {
        return update(old, resource);
      } catch (DatastoreException.Conflict e) {
        if (versioned(resource) || tries == CONFLICT_TRIES) {
          throw e;
        }
      }
    }
  }

  /**
   * Changes what exists. If another write comes between, the change is made again to what that one
   * left, unless the change names the version that it is for.
   *
   * @param versioned whether it does
   */
  public <S> Resource<S> change(
      ResourceKey<S> key, boolean versioned, UnaryOperator<Resource<S>> change) {
    for (int tries = 1; ; tries++) {
      Entry<Resource<S>> old = existing(key);
      try {
        return update(old, change.apply(old.value()));
      } catch (DatastoreException.Conflict e) {
        if (versioned || tries == CONFLICT_TRIES) {
          throw e;
        }
      }
    }
  }

  /**
   * Deletes what exists, and what belongs to it alone.
   *
   * @param version at which it must be, or null
   */
  public void delete(ResourceKey<?> key, @Nullable String version) {
    rules.beforeDelete(key);
    Revision revision = version == null ? null : new Revision(version);
    if (key.kind().equals(Kinds.IP_POOL)) {
      deletePool(ResourceKey.of(Kinds.IP_POOL, key.name()), revision);
      return;
    }
    if (key.kind().equals(Kinds.NODE)) {
      if (revision != null && !revision.equals(existing(key).revision())) {
        throw new DatastoreException.Conflict(key);
      }
      new NodeDeletion(datastore, key.name()).run();
    }
    datastore.delete(key, revision);
  }

  /** Disables a pool, so that no host claims blocks of it, and takes the hosts' claims back. */
  private void deletePool(ResourceKey<IpPoolSpec> key, @Nullable Revision revision) {
    Entry<Resource<IpPoolSpec>> pool = existing(key);
    if (revision != null && !revision.equals(pool.revision())) {
      throw new DatastoreException.Conflict(key);
    }
    if (!Boolean.TRUE.equals(pool.value().spec().disabled())) {
      Resource<IpPoolSpec> disabled =
          pool.value().withSpec(Pools.with(pool.value().spec(), pool.value().spec().cidr(), true));
      pool = datastore.update(key, disabled, pool.revision());
    }
    Cidr cidr = Cidr.tryParse(pool.value().spec().cidr());
    if (cidr != null) { // of what is no prefix nobody has blocks
      new Ipam(datastore, Clock.systemUTC(), new Random()).releasePoolAffinities(cidr);
    }
    datastore.delete(key, null);
  }

  /** The AS number of nodes that have none of their own, as tables show it. */
  public String clusterAsNumber() {
    try {
      return datastore
          .get(ResourceKey.of(Kinds.BGP_CONFIGURATION, "default"))
          .map(e -> e.value().spec().asNumber())
          .map(AsNumber::toString)
          .orElse(DEFAULT_AS_NUMBER);
    } catch (DatastoreException _) {
      return "unknown";
    }
  }

  private <S> Entry<Resource<S>> existing(ResourceKey<S> key) {
    return datastore.get(key).orElseThrow(() -> new DatastoreException.DoesNotExist(key));
  }

  /**
   * Refuses what users may not write.
   *
   * @throws CommandException if that is so
   */
  public static void requireWritable(ResourceKey<?> key) {
    KindRules.requireWritable(key);
  }

  /** The resource of that name, which must exist. */
  public <S> Resource<S> get(ResourceKey<S> key) {
    return existing(key).value();
  }

  /**
   * All resources of a kind, page by page: tiers in the order in which they apply, others by
   * namespace and name.
   *
   * @param namespace null for all
   * @param pages at least one, each with the revision of the whole; false to end
   */
  public <S> void scan(
      Kind<S> kind, @Nullable String namespace, Predicate<Listing<Resource<S>>> pages) {
    if (kind.equals(Kinds.TIER) || kind.equals(Kinds.PROFILE)) {
      // The order of the first is not that of their names, and one of the second is built in.
      var _ = pages.test(list(kind, namespace));
    } else {
      datastore.scan(new Query.Resources<>(kind, namespace, null), pages);
    }
  }

  /** As {@link #scan}, in one. */
  public <S> Listing<Resource<S>> list(Kind<S> kind, @Nullable String namespace) {
    Listing<Resource<S>> listing = datastore.list(new Query.Resources<>(kind, namespace, null));
    List<Entry<Resource<S>>> sorted = new ArrayList<>(listing.entries());
    sorted.sort((a, b) -> compare(a.value(), b.value()));
    return new Listing<>(sorted, listing.revision());
  }

  /** Not composed of comparators, whose lambdas no cache holds as they can be serialized. */
  private static int compare(Resource<?> a, Resource<?> b) {
    int order = Double.compare(order(a.spec()), order(b.spec()));
    if (order != 0) {
      return order;
    }
    int namespace =
        String.valueOf(a.metadata().namespace())
            .compareTo(String.valueOf(b.metadata().namespace()));
    return namespace != 0 ? namespace : a.metadata().name().compareTo(b.metadata().name());
  }

  private static double order(@Nullable Object spec) {
    return spec instanceof TierSpec tier ? tier.effectiveOrder() : 0;
  }

  /**
   * The new spec, labels and annotations; all other metadata stays as it is stored. What is the
   * same already is not written: no component has to hear of it.
   */
  private <S> Resource<S> update(Entry<Resource<S>> old, Resource<S> resource) {
    String version = resource.metadata().resourceVersion();
    if (version != null && !version.equals(old.revision().value())) {
      throw new DatastoreException(
          "update conflict: %s: resource version '%s' is out of date (latest: %s); get it again, or leave the version out"
              .formatted(old.key(), version, old.revision()),
          null);
    }
    rules.beforeUpdate(old.value(), resource);
    Metadata merged =
        old.value()
            .metadata()
            .withLabels(resource.metadata().labels())
            .withAnnotations(resource.metadata().annotations());
    Resource<S> next = resource.withMetadata(merged);
    Object report = old.value().status();
    if (report != null
        && Objects.equals(resource.status(), Defaults.emptyStatus(resource.spec()))) {
      next = next.withStatus(report); // what a component tells, and the user is silent about
    }
    boolean same = ResourceCodec.encode(next).equals(ResourceCodec.encode(old.value()));
    return same ? old.value() : datastore.update(old.key(), next, old.revision()).value();
  }

  private static boolean versioned(Resource<?> resource) {
    return resource.metadata().resourceVersion() != null;
  }

  /** As {@code create} wants it. */
  static <S> Resource<S> withoutVersion(Resource<S> resource) {
    return resource.withMetadata(resource.metadata().withResourceVersion(null));
  }
}
