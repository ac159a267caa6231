package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls for one workload take turns, and nobody else waits for them. */
@Timeout(value = 150, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
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

  private static final String POD = "K8S_POD_NAME=web-0;K8S_POD_NAMESPACE=shop";

  /** A gate that is closed until it is opened. */
  private static final class Gate implements AutoCloseable {
    private final HttpServer server;
    private final CountDownLatch asked = new CountDownLatch(1);
    private volatile int status = 503;

    Gate() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
            asked.countDown();
          });
      server.start();
    }

    String conf() {
      return CONF.replace(
          "'ipam'",
          "'readiness_gates':['http://127.0.0.1:" + server.getAddress().getPort() + "/'],'ipam'");
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  @Test
  void whoWaitsForAGateKeepsNobodyWaiting() throws Exception {
    String old = host.container();
    String next = host.container();
    ok(host.call("ADD", old, POD, CONF));
    try (Gate gate = new Gate();
        ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CniExchange.Answer> add = calls.submit(() -> host.call("ADD", next, POD, gate.conf()));
      assertTrue(gate.asked.await(30, TimeUnit.SECONDS));
      Future<CniExchange.Answer> del = calls.submit(() -> host.call("DEL", old, POD, CONF));
      ok(del.get(60, TimeUnit.SECONDS));
      assertFalse(add.isDone(), "DEL had to wait for the gate");
      gate.status = 200;
      ok(add.get(60, TimeUnit.SECONDS));
      ok(host.call("CHECK", next, POD, CONF));
    }
  }

  /** As when a runtime has given up an ADD. */
  @Test
  void whatIsDeletedMeanwhileIsNotAttached() throws Exception {
    String c = host.container();
    try (Gate gate = new Gate();
        ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CniExchange.Answer> add = calls.submit(() -> host.call("ADD", c, "", gate.conf()));
      assertTrue(gate.asked.await(30, TimeUnit.SECONDS));
      ok(host.call("DEL", c, "", CONF));
      gate.status = 200;
      CniExchange.Answer answer = add.get(60, TimeUnit.SECONDS);
      assertTrue(answer.stdout().contains("a DEL came"), answer::stdout);
      assertFalse(host.hasEndpoint(c));
      ok(host.call("ADD", c, "", gate.conf()));
      ok(host.call("CHECK", c, "", CONF));
    }
  }
}
