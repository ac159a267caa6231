package calico.datastore;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.time.Clock;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadyFlagTest {
  @Test
  void waitsUntilTheFlagIsTrue() throws InterruptedException {
    try (MemoryDatastore datastore = new MemoryDatastore(Clock.systemUTC())) {
      CountDownLatch ready = new CountDownLatch(1);
      Queue<String> told = new ConcurrentLinkedQueue<>();
      datastore.setUnavailable(true);
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  ReadyFlag.await(datastore, told::add);
                  ready.countDown();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      datastore.setUnavailable(false);
      assertFalse(ready.await(50, TimeUnit.MILLISECONDS), "there is no flag yet");
      var key = ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default");
      var spec = new ClusterInformationSpec(null, null, null, true, null, Unknown.NONE);
      datastore.create(key, Resource.of(key.kind(), Metadata.named("default"), spec));
      assertTrue(ready.await(10, TimeUnit.SECONDS), "the flag was seen");
      assertTrue(
          told.contains("ClusterInformation(default) spec.datastoreReady is not true"),
          told::toString);
    }
  }
}
