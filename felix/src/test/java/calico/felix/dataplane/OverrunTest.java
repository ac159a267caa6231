package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertFalse;

import calico.netlink.NetlinkSocket;
import calico.netlink.route.NetworkEvent;
import calico.netlink.route.Route;
import calico.netlink.route.RouteChange;
import calico.netlink.route.Rtnetlink;
import calico.reconcile.EventLoop;
import calico.reconcile.Target;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** More happens on the real kernel than there is room to tell of. */
class OverrunTest {
  /** As many as fill the room for messages several times over. */
  private static final int ROUTES = 30_000;

  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  /** The host, but what the kernel tells is read no more once it is held back, until that ends. */
  private static final class HeldBack implements Environment {
    private final Environment host = Environment.host();
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger overruns = new AtomicInteger();
    private volatile boolean held;

    @Override
    public EventLoop loop() {
      return host.loop();
    }

    @Override
    public RandomGenerator random() {
      return host.random();
    }

    @Override
    public NetlinkSocket socket(int protocol) {
      return host.socket(protocol);
    }

    @Override
    public Target<Path, String> settings() {
      return host.settings();
    }

    @Override
    public Runnable watchNetwork(Consumer<NetworkEvent> listener) {
      return host.watchNetwork(
          event -> {
            if (held) {
              awaitRelease();
            }
            if (event instanceof NetworkEvent.Overrun) {
              overruns.incrementAndGet();
            }
            listener.accept(event);
          });
    }

    private void awaitRelease() {
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public Runnable watchRuleset(IntConsumer onGeneration, Runnable onOverrun) {
      return host.watchRuleset(onGeneration, onOverrun);
    }
  }

  @Test
  void whatWasNotToldIsLookedForAndRepaired() throws UnknownHostException {
    HeldBack environment = new HeldBack();
    node.environment = environment;
    node.start();
    node.awaitUp(1);
    node.awaitUp(2);
    environment.held = true;
    try (Rtnetlink rt = Rtnetlink.open(node.host)) {
      int lo = rt.link("lo").orElseThrow().index();
      List<RouteChange> changes = new ArrayList<>();
      for (int i = 0; i < ROUTES; i++) {
        byte[] address = {10, 66, (byte) (i % 200), (byte) (i / 200)};
        changes.add(
            new RouteChange.Replace(Route.to(InetAddress.getByAddress(address), 32).dev(lo)));
      }
      rt.apply(changes);
      node.lab.ip("host", "route del 10.65.0.2");
      node.lab.ip("host", "link set cali1 down");
      node.lab.ip("host", "link set cali1 up");
    }
    assertFalse(node.lab.ip("host", "route show dev cali1").contains("10.65.0.1"));
    environment.release.countDown();
    Lab.await("it is told that something was not", () -> environment.overruns.get() > 0);
    Lab.await(
        "the deleted route",
        () -> node.lab.ip("host", "route show dev cali2").contains("10.65.0.2"));
    Lab.await(
        "the route of a link that was down and up",
        () -> node.lab.ip("host", "route show dev cali1").contains("10.65.0.1"));
    Lab.await(
        "its neighbour",
        () -> node.lab.ip("host", "neigh show dev cali1").contains("10.65.0.1 lladdr"));
  }
}
