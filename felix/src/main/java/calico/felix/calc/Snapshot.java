package calico.felix.calc;

import calico.model.Cidr;
import calico.model.ipam.AllocationBlock;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's state as plain maps: the input of the naive computation. Takes the same updates as
 * {@link CalcGraph}. Not thread-safe.
 */
public final class Snapshot {
  private final Predicate<Resource<?>> valid;
  private final Map<ResourceKey<?>, Resource<?>> resources = new LinkedHashMap<>();
  private final Map<Cidr, AllocationBlock> blocks = new LinkedHashMap<>();

  /**
   * An empty snapshot.
   *
   * @param valid whether a resource may be used; others count as absent
   */
  public Snapshot(Predicate<Resource<?>> valid) {
    this.valid = valid;
  }

  /**
   * Records a value.
   *
   * @param value null if it is gone
   */
  public <V> void put(Key<V> key, @Nullable V value) {
    if (key instanceof ResourceKey<?> resourceKey) {
      if (value instanceof Resource<?> resource && valid.test(resource)) {
        resources.put(resourceKey, resource);
      } else {
        resources.remove(resourceKey);
      }
    } else if (key instanceof IpamKey.Block block) {
      if (value instanceof AllocationBlock allocations) {
        blocks.put(block.cidr(), allocations);
      } else {
        blocks.remove(block.cidr());
      }
    }
  }

  /** All resources of a kind, by namespace and name. */
  <S> List<Resource<S>> all(Kind<S> kind) {
    return resources.entrySet().stream()
        .filter(e -> e.getKey().kind().equals(kind))
        .map(
            e -> {
              @SuppressWarnings("unchecked") // a resource is stored under the key of its kind
              Resource<S> resource = (Resource<S>) e.getValue();
              return resource;
            })
        .sorted(
            Comparator.comparing(
                    (Resource<S> r) ->
                        r.metadata().namespace() == null ? "" : r.metadata().namespace())
                .thenComparing(r -> r.metadata().name()))
        .toList();
  }

  /** The labels of a node, none if there is no such node. */
  public Map<String, String> nodeLabels(String node) {
    Resource<NodeSpec> resource = get(Kinds.NODE, node);
    return resource == null ? Map.of() : resource.metadata().labels();
  }

  /** All blocks of addresses. */
  Collection<AllocationBlock> blocks() {
    return blocks.values();
  }

  /** The resource of a kind with this name, or null. */
  <S> @Nullable Resource<S> get(Kind<S> kind, String name) {
    @SuppressWarnings("unchecked") // a resource is stored under the key of its kind
    Resource<S> resource = (Resource<S>) resources.get(ResourceKey.of(kind, name));
    return resource;
  }
}
