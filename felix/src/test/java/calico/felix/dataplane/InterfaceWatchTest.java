package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Ip;
import calico.netlink.Errno;
import calico.netlink.NetlinkSocket;
import calico.netlink.route.NetworkEvent;
import calico.netlink.route.Rtnetlink;
import calico.reconcile.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is known of interfaces when the kernel, which is played, does not tell. */
class InterfaceWatchTest {
  private static final Ip IP = Ip.parse("192.0.2.1");

  private final VirtualTime time = new VirtualTime();
  private final FakeKernel kernel = new FakeKernel((_, _) -> {});
  private final Interfaces interfaces = new Interfaces("kube-ipvs0"::equals);
  private final List<String> told = new ArrayList<>();
  private boolean refuses;
  private final InterfaceWatch watch =
      new InterfaceWatch(
          new EventLoop(
              time,
              time::nanoTime,
              e -> {
                throw new AssertionError(e);
              }),
          new Rtnetlink(
              new NetlinkSocket(
                  kernel.socket(
                      new FakeKernel.Faults() {
                        @Override
                        public int refusal() {
                          return refuses ? Errno.ENOBUFS : 0;
                        }
                      }))),
          interfaces,
          DataplaneConfig.defaults(),
          new InterfaceWatch.Listener() {
            @Override
            public void changed(String name, boolean cameUp) {
              told.add(name + (cameUp ? " up" : ""));
            }

            @Override
            public void addressesChanged(String name) {}

            @Override
            public void routeGone(LocalRoute.Key key) {}

            @Override
            public void changed(NetworkEvent event) {}

            @Override
            public void lost() {
              told.add("lost");
            }
          });

  @Test
  void whatCannotBeListedIsListedLater() {
    int index = kernel.network.add("eth0", true, IP);
    refuses = true;
    watch.start();
    assertNull(interfaces.withIndex(index));
    time.run(Duration.ofSeconds(1));
    assertNull(interfaces.withIndex(index));
    assertFalse(interfaces.areListed());
    refuses = false;
    time.run(Duration.ofSeconds(1));
    assertNotNull(interfaces.withIndex(index));
    assertTrue(interfaces.areListed());
    assertEquals(Set.of(IP), interfaces.addresses(index));
    assertEquals(
        List.of("eth0"),
        interfaces.withAddress(IP).stream().map(Interfaces.Interface::name).toList());
  }

  @Test
  void listsAgainFromTimeToTime() {
    watch.start();
    kernel.network.add("cali1", true);
    time.run(Duration.ofSeconds(89));
    assertEquals(List.of(), told);
    time.run(Duration.ofSeconds(2));
    assertEquals(List.of("cali1 up"), told);
  }

  @Test
  void addressesOfSomeInterfacesDoNotCount() {
    int index = kernel.network.add("kube-ipvs0", true, IP);
    watch.start();
    assertNotNull(interfaces.withIndex(index));
    assertEquals(Set.of(), interfaces.addresses(index));
    assertEquals(List.of(), interfaces.withAddress(IP));
  }

  /** Interfaces first: they say which routes are ours. */
  @Test
  void afterAnOverrunAllIsLookedAt() {
    kernel.network.add("cali1", true);
    watch.onEvent(new NetworkEvent.Overrun());
    time.run(Duration.ofMillis(1));
    assertEquals(List.of("cali1 up", "lost"), told);
  }
}
