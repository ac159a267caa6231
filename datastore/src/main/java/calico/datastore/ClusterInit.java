package calico.datastore;

import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Defaults;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.TierSpec;
import calico.model.resource.Unknown;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives an empty datastore what every cluster has: ClusterInformation {@code default} and the
 * built-in tiers. Does nothing where they exist, and never changes a tier or a {@code
 * datastoreReady} that is set, so any number of components may run it at any time.
 */
public final class ClusterInit {
  private static final Map<String, TierSpec> BUILT_IN_TIERS =
      Map.of(
          "default", new TierSpec(1_000_000.0, "Deny", Unknown.NONE),
          "kube-admin", new TierSpec(1_000.0, "Pass", Unknown.NONE),
          "kube-baseline", new TierSpec(10_000_000.0, "Pass", Unknown.NONE));

  private static final int CONFLICT_TRIES = 5;

  /**
   * What the caller adds to ClusterInformation.
   *
   * @param clusterType words joined by commas, merged into those that are there; null adds none
   * @param calicoVersion replaces the one that is there; null keeps it
   * @param uuids of which the first becomes the cluster's GUID if it has none
   */
  public record Options(
      @Nullable String clusterType, @Nullable String calicoVersion, Supplier<UUID> uuids) {
    /** Adds nothing but what is missing. */
    public static final Options MISSING_ONLY = new Options(null, null, UUID::randomUUID);
  }

  private ClusterInit() {}

  /**
   * Creates or completes ClusterInformation and creates the missing built-in tiers.
   *
   * @throws DatastoreException if the datastore refuses or cannot be reached
   */
  public static void ensure(Datastore datastore, Options options) {
    ensureClusterInformation(datastore, options);
    BUILT_IN_TIERS.forEach((name, spec) -> createIfMissing(datastore, Kinds.TIER, name, spec));
  }

  private static void ensureClusterInformation(Datastore datastore, Options options) {
    var key = ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default");
    var none = new ClusterInformationSpec(null, null, null, null, null, Unknown.NONE);
    for (int i = 0; i < CONFLICT_TRIES; i++) {
      Optional<Entry<Resource<ClusterInformationSpec>>> found = datastore.get(key);
      if (found.isEmpty()) {
        if (createIfMissing(datastore, key.kind(), key.name(), completed(none, options))) {
          return;
        }
        continue; // another component was faster: complete what it wrote
      }
      Resource<ClusterInformationSpec> old = found.get().value();
      ClusterInformationSpec spec = completed(old.spec(), options);
      if (spec.equals(old.spec())) {
        return;
      }
      try {
        datastore.update(key, old.withSpec(spec), found.get().revision());
        return;
      } catch (DatastoreException.Conflict _) {
        // Changed or deleted since it was read: read it again.
      }
    }
    throw new DatastoreException.Conflict(key);
  }

  private static ClusterInformationSpec completed(ClusterInformationSpec spec, Options options) {
    String guid = spec.clusterGUID();
    String version = options.calicoVersion();
    return new ClusterInformationSpec(
        guid == null || guid.isEmpty() ? options.uuids().get().toString().replace("-", "") : guid,
        mergedType(spec.clusterType(), options.clusterType()),
        version == null ? spec.calicoVersion() : version,
        spec.datastoreReady() == null ? Boolean.TRUE : spec.datastoreReady(),
        spec.variant(),
        spec.unknown());
  }

  private static @Nullable String mergedType(@Nullable String old, @Nullable String added) {
    if (added == null || added.isEmpty()) {
      return old;
    }
    if (old == null || old.isEmpty()) {
      return added;
    }
    Set<String> words = new LinkedHashSet<>(Arrays.asList(old.split(",")));
    words.addAll(Arrays.asList(added.split(",")));
    return String.join(",", words);
  }

  /** Returns whether the resource was missing. */
  private static <S> boolean createIfMissing(
      Datastore datastore, Kind<S> kind, String name, S spec) {
    var key = ResourceKey.of(kind, name);
    if (datastore.get(key).isPresent()) {
      return false;
    }
    try {
      datastore.create(key, Defaults.apply(Resource.of(kind, Metadata.named(name), spec)));
      return true;
    } catch (DatastoreException.AlreadyExists e) {
      return false;
    }
  }
}
