package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Calls for one workload take turns, and nobody else waits for them. */
class TurnsTest extends OnHost {
  private static final String CONF =
      "{'cniVersion':'1.0.0','name':'net1','ipam':{'type':'calico-ipam'}}";
  private static final int OTHERS = 300;

  @Test
  void onlyItsOwnCallsWait() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    CountDownLatch served = new CountDownLatch(1);
    host.readiness =
        () -> {
          waiting.countDown();
          served.await();
          return EndpointReadiness.Result.READY;
        };
    String c = host.container();
    try (ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        Future<Integer> add = calls.submit(() -> host.call("ADD", c, "", CONF).status());
        assertTrue(waiting.await(10, TimeUnit.SECONDS));
        for (int i = 0; i < OTHERS; i++) {
          String other = "other" + i;
          Future<Integer> del = calls.submit(() -> host.call("DEL", other, "", CONF).status());
          assertEquals(0, del.get(10, TimeUnit.SECONDS), other);
        }
        Future<Integer> del = calls.submit(() -> host.call("DEL", c, "", CONF).status());
        assertThrows(TimeoutException.class, () -> del.get(50, TimeUnit.MILLISECONDS));
        served.countDown();
        assertEquals(0, add.get(10, TimeUnit.SECONDS));
        assertEquals(0, del.get(10, TimeUnit.SECONDS));
      } finally {
        served.countDown();
      }
    }
  }
}
