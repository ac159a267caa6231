package calico.datastore;

import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The flag with which an operator holds all components back, for example while data is migrated:
 * ClusterInformation "default", spec.datastoreReady.
 */
public final class ReadyFlag {
  private static final Logger LOG = LoggerFactory.getLogger(ReadyFlag.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private ReadyFlag() {}

  /** Waits until the flag is true, also while the datastore cannot be reached. */
  public static void await(Datastore datastore) throws InterruptedException {
    var key = ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default");
    while (true) {
      try {
        var entry = datastore.get(key);
        if (entry.isPresent() && Boolean.TRUE.equals(entry.get().value().spec().datastoreReady())) {
          return;
        }
        LOG.info("waiting: ClusterInformation(default) spec.datastoreReady is not true");
      } catch (DatastoreException.Unavailable e) {
        LOG.warn("waiting for the datastore: {}", e.getMessage());
      }
      Thread.sleep(RETRY);
    }
  }
}
