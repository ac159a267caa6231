package calico.netlink.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.netlink.TestNetns;
import calico.netlink.route.NetworkEvent.AddressEvent;
import calico.netlink.route.NetworkEvent.LinkEvent;
import calico.netlink.route.NetworkEvent.NeighbourEvent;
import calico.netlink.route.NetworkEvent.RouteEvent;
import calico.netlink.route.RouteMonitor.Topic;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class RouteMonitorTest {
  private final List<NetworkEvent> events = new CopyOnWriteArrayList<>();

  private void await(String what, Predicate<NetworkEvent> wanted) throws InterruptedException {
    TestNetns.await(what + " among " + events, () -> events.stream().anyMatch(wanted));
  }

  @Test
  void everyChangeIsSeen() throws InterruptedException {
    try (TestNetns ns = new TestNetns();
        Rtnetlink route = Rtnetlink.open(ns.netns());
        RouteMonitor _ = RouteMonitor.start(ns.netns(), EnumSet.allOf(Topic.class), events::add)) {
      route.create("br0", "bridge", 1500);
      Link link = route.link("br0").orElseThrow();
      route.setUp(link.index());
      await(
          "a new link",
          e -> e instanceof LinkEvent(var l, var present) && present && l.name().equals("br0"));
      await("it is up", e -> e instanceof LinkEvent(var l, var present) && present && l.up());

      InetAddress address = InetAddress.ofLiteral("10.1.0.1");
      route.add(Address.of(link.index(), address, 24));
      await(
          "an address",
          e ->
              e instanceof AddressEvent(var a, var present)
                  && present
                  && a.address().equals(address));
      await(
          "its route",
          e ->
              e instanceof RouteEvent(var r, var present)
                  && present
                  && r.interfaceIndex() == link.index());

      InetAddress other = InetAddress.ofLiteral("10.1.0.2");
      route.add(Neighbour.permanent(link.index(), other, new Mac(1)));
      await(
          "a neighbour",
          e ->
              e instanceof NeighbourEvent(var n, var present)
                  && present
                  && n.address().equals(other));

      route.delete(link.index());
      await(
          "no link",
          e -> e instanceof LinkEvent(var l, var present) && !present && l.index() == link.index());
    }
  }

  @Test
  void nothingIsSeenWithoutAChange() {
    try (TestNetns ns = new TestNetns();
        Rtnetlink route = Rtnetlink.open(ns.netns());
        RouteMonitor _ = RouteMonitor.start(ns.netns(), EnumSet.allOf(Topic.class), events::add)) {
      route.links();
    }
    assertEquals(List.of(), events);
  }
}
