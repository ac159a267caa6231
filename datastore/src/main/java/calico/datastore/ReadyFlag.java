package calico.datastore;

import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The flag with which an operator holds all components back, for example while data is migrated:
 * ClusterInformation "default", spec.datastoreReady; absent counts as false. {@link #await} is for
 * the start, {@link Syncer#whileReady} for what runs.
 */
public final class ReadyFlag {
  private static final Logger LOG = LoggerFactory.getLogger(ReadyFlag.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  static final ResourceKey<ClusterInformationSpec> KEY =
      ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default");

  /** For messages: the object and its field. */
  public static final String NAME = KEY + " spec.datastoreReady";

  private ReadyFlag() {}

  /**
   * @param stored under {@link #KEY}
   */
  static boolean isTrue(@Nullable Object stored) {
    return stored instanceof Resource<?> resource
        && resource.spec() instanceof ClusterInformationSpec spec
        && Boolean.TRUE.equals(spec.datastoreReady());
  }

  /** Whether it is true now. */
  public static boolean isTrue(Datastore datastore) {
    return datastore.get(KEY).filter(entry -> isTrue(entry.value())).isPresent();
  }

  /**
   * Waits until the flag is true, also while the datastore cannot be reached.
   *
   * @param waiting is told again and again what is waited for, for people
   */
  public static void await(Datastore datastore, Consumer<String> waiting)
      throws InterruptedException {
    while (true) {
      String what;
      try {
        if (isTrue(datastore)) {
          return;
        }
        what = NAME + " is not true";
      } catch (DatastoreException.Unavailable e) {
        what = "the datastore: " + e.getMessage();
      }
      LOG.warn("waiting for {}", what);
      waiting.accept(what);
      Thread.sleep(RETRY);
    }
  }
}
