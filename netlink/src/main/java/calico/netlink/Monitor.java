package calico.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
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
  private static final int EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800;
  private static final short POLLIN = 1;
  private static final int POLLFD_BYTES = 8;

  private final NetlinkSocket socket;
  private final Consumer<Message> onMessage;
  private final Runnable onOverrun;
  private final Thread thread;
  private final Arena arena = Arena.ofShared();
  private final int wakeFd;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Monitor(
      NetlinkSocket socket, Consumer<Message> onMessage, Runnable onOverrun, String threadName) {
    this.socket = socket;
    this.onMessage = onMessage;
    this.onOverrun = onOverrun;
    this.wakeFd = new Libc(arena).eventfd(0, EFD_CLOEXEC_NONBLOCK);
    if (wakeFd < 0) {
      throw new NetlinkException("make an eventfd", -wakeFd);
    }
    this.thread = Thread.ofPlatform().name(threadName).daemon().unstarted(this::read);
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
      monitor.thread.start();
      return monitor;
    } catch (NetlinkException e) {
      socket.close();
      throw e;
    }
  }

  private void read() {
    try (Arena own = Arena.ofConfined()) {
      Libc libc = new Libc(own);
      MemorySegment descriptors = own.allocate(2 * POLLFD_BYTES, 4);
      descriptors.set(ValueLayout.JAVA_INT, 0, socket.fd());
      descriptors.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
      descriptors.set(ValueLayout.JAVA_INT, POLLFD_BYTES, wakeFd);
      descriptors.set(ValueLayout.JAVA_SHORT, POLLFD_BYTES + 4, POLLIN);
      while (!closed.get()) {
        int ready = libc.poll(descriptors, 2, -1);
        if (ready < 0 && ready != -Errno.EINTR) {
          throw new NetlinkException("wait for netlink messages", -ready);
        }
        drain();
      }
    }
  }

  private void drain() {
    while (!closed.get()) {
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
    if (closed.getAndSet(true)) {
      return;
    }
    try (Arena own = Arena.ofConfined()) {
      MemorySegment one = own.allocateFrom(ValueLayout.JAVA_LONG, 1);
      new Libc(own).write(wakeFd, one);
    }
    boolean interrupted = false;
    while (!thread.equals(Thread.currentThread()) && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    socket.close();
    new Libc(arena).close(wakeFd);
    arena.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
