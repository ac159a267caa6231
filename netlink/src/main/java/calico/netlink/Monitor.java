package calico.netlink;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads multicast groups on a thread of its own. Subscribed when {@link #start} returns: what
 * happens after that is seen, so start first and list then.
 *
 * <p>When messages come faster than they are read, the kernel drops some and says so: the overrun
 * callback means "list again". An exception from a callback ends the monitor and goes to the
 * thread's uncaught exception handler.
 */
public final class Monitor implements AutoCloseable {
  private final NetlinkSocket socket;
  private final Consumer<Message> onMessage;
  private final Runnable onOverrun;
  private final Poller poller;

  private Monitor(
      KernelTransport transport,
      NetlinkSocket socket,
      Consumer<Message> onMessage,
      Runnable onOverrun,
      String threadName) {
    this.socket = socket;
    this.onMessage = onMessage;
    this.onOverrun = onOverrun;
    this.poller = new Poller(threadName, List.of(transport.fd()), this::drain);
  }

  /**
   * Begins to read.
   *
   * @param protocol {@link NetlinkSocket#ROUTE} or {@link NetlinkSocket#NETFILTER}
   * @param netns null for the calling thread's
   * @param onMessage called on the monitor's thread; the message is valid until it returns
   */
  public static Monitor start(
      String threadName,
      int protocol,
      @Nullable Netns netns,
      int[] groups,
      Consumer<Message> onMessage,
      Runnable onOverrun) {
    return start(
        threadName,
        protocol,
        netns,
        (transport, _) -> {
          for (int group : groups) {
            transport.subscribe(group);
          }
        },
        onMessage,
        onOverrun);
  }

  /**
   * As {@link #start(String, int, Netns, int[], Consumer, Runnable)}, with a request in place of
   * groups after which the kernel sends messages.
   */
  public static Monitor start(
      String threadName,
      int protocol,
      @Nullable Netns netns,
      Request subscription,
      Consumer<Message> onMessage,
      Runnable onOverrun) {
    return start(
        threadName,
        protocol,
        netns,
        (_, socket) -> socket.execute(subscription),
        onMessage,
        onOverrun);
  }

  private static Monitor start(
      String threadName,
      int protocol,
      @Nullable Netns netns,
      BiConsumer<KernelTransport, NetlinkSocket> subscribe,
      Consumer<Message> onMessage,
      Runnable onOverrun) {
    KernelTransport transport =
        netns == null
            ? new KernelTransport(protocol)
            : netns.call(() -> new KernelTransport(protocol));
    NetlinkSocket socket = new NetlinkSocket(transport);
    try {
      subscribe.accept(transport, socket);
      Monitor monitor = new Monitor(transport, socket, onMessage, onOverrun, threadName);
      monitor.poller.start();
      return monitor;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private void drain() {
    while (!poller.isClosed()) {
      Message message;
      try {
        message = socket.next(this);
      } catch (NetlinkException e) {
        if (e.errno() != Errno.ENOBUFS) {
          throw e;
        }
        onOverrun.run();
        continue;
      }
      if (message == null) {
        return;
      }
      onMessage.accept(message);
    }
  }

  /** Ends the thread and waits for it, unless called on it. */
  @Override
  public void close() {
    if (!poller.isClosed()) {
      poller.close();
      socket.close();
    }
  }
}
