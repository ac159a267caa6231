package calico.netlink;

import java.util.List;
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
      NetlinkSocket socket, Consumer<Message> onMessage, Runnable onOverrun, String threadName) {
    this.socket = socket;
    this.onMessage = onMessage;
    this.onOverrun = onOverrun;
    this.poller = new Poller(threadName, List.of(socket.fd()), this::drain);
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
    NetlinkSocket socket = NetlinkSocket.open(protocol, netns);
    try {
      for (int group : groups) {
        socket.subscribe(group);
      }
    } catch (NetlinkException e) {
      socket.close();
      throw e;
    }
    return start(threadName, socket, onMessage, onOverrun);
  }

  /**
   * Begins to read a socket that gets messages without being asked; the monitor owns it from now.
   *
   * @param onMessage called on the monitor's thread; the message is valid until it returns
   */
  public static Monitor start(
      String threadName, NetlinkSocket socket, Consumer<Message> onMessage, Runnable onOverrun) {
    try {
      Monitor monitor = new Monitor(socket, onMessage, onOverrun, threadName);
      monitor.poller.start();
      return monitor;
    } catch (NetlinkException e) {
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
