package calico.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Calls somebody, on a thread of its own, whenever something can be read from one of some
 * descriptors. An exception ends it and goes to the thread's uncaught exception handler.
 */
final class Poller implements AutoCloseable {
  private static final int EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800;
  private static final short POLLIN = 1;
  private static final int POLLFD_BYTES = 8;

  private final List<Integer> descriptors;
  private final Runnable onReadable;
  private final Thread thread;
  private final Arena arena = Arena.ofShared();
  private final int wakeFd;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Runs after {@link #start}.
   *
   * @param onReadable reads all that there is, without waiting, and no more once this is closed
   */
  Poller(String threadName, List<Integer> descriptors, Runnable onReadable) {
    this.descriptors = List.copyOf(descriptors);
    this.onReadable = onReadable;
    this.wakeFd = new Libc(arena).eventfd(0, EFD_CLOEXEC_NONBLOCK);
    if (wakeFd < 0) {
      arena.close();
      throw new NetlinkException("make an eventfd", -wakeFd);
    }
    this.thread = Thread.ofPlatform().name(threadName).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  boolean isClosed() {
    return closed.get();
  }

  private void run() {
    try (Arena own = Arena.ofConfined()) {
      Libc libc = new Libc(own);
      int count = descriptors.size() + 1;
      MemorySegment polled = own.allocate((long) count * POLLFD_BYTES, 4);
      for (int i = 0; i < count; i++) {
        int fd = i < descriptors.size() ? descriptors.get(i) : wakeFd;
        polled.set(ValueLayout.JAVA_INT, (long) i * POLLFD_BYTES, fd);
        polled.set(ValueLayout.JAVA_SHORT, (long) i * POLLFD_BYTES + 4, POLLIN);
      }
      while (!closed.get()) {
        int ready = libc.poll(polled, count, -1);
        if (ready < 0 && ready != -Errno.EINTR) {
          throw new NetlinkException("wait for the kernel", -ready);
        }
        onReadable.run();
      }
    }
  }

  /** Ends the thread and waits for it, unless called on it. The descriptors stay open. */
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
    new Libc(arena).close(wakeFd);
    arena.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
