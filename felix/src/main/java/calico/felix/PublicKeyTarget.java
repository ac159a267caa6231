package calico.felix;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Family;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.NodeStatus;
import calico.model.resource.Resource;
import calico.reconcile.Target;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The public keys in the status of this node's Node. */
final class PublicKeyTarget implements Target<Family, String> {
  private final Datastore datastore;
  private final ResourceKey<NodeSpec> key;

  PublicKeyTarget(Datastore datastore, String node) {
    this.datastore = datastore;
    this.key = ResourceKey.of(Kinds.NODE, node);
  }

  @Override
  public Map<Family, String> list() {
    Map<Family, String> found = new EnumMap<>(Family.class);
    datastore
        .get(key)
        .ifPresent(
            entry -> {
              NodeStatus status = NodeStatus.of(entry.value());
              put(found, Family.IPV4, status.wireguardPublicKey());
              put(found, Family.IPV6, status.wireguardPublicKeyV6());
            });
    return found;
  }

  private static void put(Map<Family, String> found, Family family, @Nullable String publicKey) {
    if (publicKey != null) {
      found.put(family, publicKey);
    }
  }

  /** One write for all: somebody else's in between makes it fail, and it is tried again. */
  @Override
  public Map<Family, Exception> apply(Map<Family, String> updates, Set<Family> deletions) {
    Map<Family, Exception> failed = new HashMap<>();
    try {
      Entry<Resource<NodeSpec>> stored = datastore.get(key).orElse(null);
      if (stored == null) {
        throw new DatastoreException.DoesNotExist(key);
      }
      NodeStatus status = NodeStatus.of(stored.value());
      for (Family family : deletions) {
        status = status.withPublicKey(family, null);
      }
      for (Map.Entry<Family, String> e : updates.entrySet()) {
        status = status.withPublicKey(e.getKey(), e.getValue());
      }
      datastore.update(key, stored.value().withStatus(status.toTree()), stored.revision());
    } catch (DatastoreException e) {
      updates.keySet().forEach(family -> failed.put(family, e));
      deletions.forEach(family -> failed.put(family, e));
    }
    return failed;
  }
}
