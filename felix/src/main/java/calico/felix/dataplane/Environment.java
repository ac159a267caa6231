package calico.felix.dataplane;

import calico.netlink.NetlinkSocket;
import calico.netlink.nftables.GenerationMonitor;
import calico.netlink.route.NetworkEvent;
import calico.netlink.route.RouteMonitor;
import calico.netlink.route.RouteMonitor.Topic;
import calico.reconcile.EventLoop;
import calico.reconcile.Target;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that a dataplane has to do with the world: its loop and clock, chance, the kernel that it
 * writes to and what that tells. Who plays this decides all that happens, and can have it happen
 * again.
 */
interface Environment {
  /** On which everything is done; its clock is the only one. */
  EventLoop loop();

  RandomGenerator random();

  /**
   * A connection to the kernel.
   *
   * @param protocol {@link NetlinkSocket#ROUTE} or {@link NetlinkSocket#NETFILTER}
   * @throws calico.netlink.NetlinkException if the kernel cannot be talked to
   */
  NetlinkSocket socket(int protocol);

  /** The kernel's settings. */
  Target<Path, String> settings();

  /**
   * Has the listener told, on whatever thread, of links, addresses and routes, from now on.
   *
   * @return ends it
   */
  Runnable watchNetwork(Consumer<NetworkEvent> listener);

  /**
   * Has every commit to nf_tables told of, from now on.
   *
   * @param onGeneration gets the new number, on whatever thread
   * @param onOverrun some were not told of
   * @return ends it
   */
  Runnable watchRuleset(IntConsumer onGeneration, Runnable onOverrun);

  /** The calling thread's network namespace, as soon as it is used. */
  static Environment host() {
    Logger log = LoggerFactory.getLogger(Dataplane.class);
    EventLoop loop = new EventLoop("dataplane", e -> log.error("dataplane task failed", e));
    Random random = new Random();
    return new Environment() {
      @Override
      public EventLoop loop() {
        return loop;
      }

      @Override
      public RandomGenerator random() {
        return random;
      }

      @Override
      public NetlinkSocket socket(int protocol) {
        return NetlinkSocket.open(protocol);
      }

      @Override
      public Target<Path, String> settings() {
        return new SysctlTarget();
      }

      @Override
      public Runnable watchNetwork(Consumer<NetworkEvent> listener) {
        return RouteMonitor.start(null, EnumSet.allOf(Topic.class), listener)::close;
      }

      @Override
      public Runnable watchRuleset(IntConsumer onGeneration, Runnable onOverrun) {
        return GenerationMonitor.start(null, onGeneration, onOverrun)::close;
      }
    };
  }
}
