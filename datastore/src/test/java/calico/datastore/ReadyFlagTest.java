package calico.datastore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.time.Clock;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadyFlagTest {
  @Test
  void waitsUntilTheFlagIsTrue() throws InterruptedException {
    try (MemoryDatastore datastore = new MemoryDatastore(Clock.systemUTC())) {
      CountDownLatch ready = new CountDownLatch(1);
      BlockingQueue<String> told = new LinkedBlockingQueue<>();
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
      awaitTold(told, "the datastore: ");
      datastore.setUnavailable(false);
      awaitTold(told, "ClusterInformation(default) spec.datastoreReady is not true");
      assertEquals(1, ready.getCount(), "there is no flag yet");
      var key = ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default");
      var spec = new ClusterInformationSpec(null, null, null, true, null, Unknown.NONE);
      datastore.create(key, Resource.of(key.kind(), Metadata.named("default"), spec));
      assertTrue(ready.await(10, TimeUnit.SECONDS), "the flag was seen");
    }
  }

  private static void awaitTold(BlockingQueue<String> told, String what)
      throws InterruptedException {
    for (int i = 0; i < 10; i++) {
      String next = told.poll(10, TimeUnit.SECONDS);
      if (next != null && next.startsWith(what)) {
        return;
      }
    }
    fail("never told of: " + what);
  }
}
