package calico.datastore.etcd;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.key.Query;
import calico.model.resource.Kinds;
import java.time.Duration;

/** Waits for etcd, with a deadline. */
final class Await {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private Await() {}

  /** Until the datastore answers. */
  static void answer(Datastore datastore) throws InterruptedException {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (true) {
      try {
        datastore.list(Query.all(Kinds.TIER));
        return;
      } catch (DatastoreException.Unavailable e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.sleep(20);
      }
    }
  }

  /** Until an etcd that is reached by this configuration answers. */
  static void answer(EtcdConfig config) throws InterruptedException {
    try (Datastore datastore = EtcdDatastore.forDaemon(config)) {
      answer(datastore);
    }
  }
}
