package calico.netlink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ScopedValue.CallableOp;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A network namespace, held open by a file descriptor: it lives while this is open, even when its
 * name is gone.
 *
 * <p>Named ones are bind mounts of {@code /proc/thread-self/ns/net} on files in {@code /run/netns},
 * as {@code ip netns} makes them, so both see each other's.
 */
public final class Netns implements AutoCloseable {
  /** Where named namespaces are. */
  public static final Path DIRECTORY = Path.of("/run/netns");

  private static final Path OF_THREAD = Path.of("/proc/thread-self/ns/net");
  private static final int CLONE_NEWNET = 0x40000000;
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int O_CREAT_EXCL = 0x40 | 0x80;
  private static final long MS_BIND = 0x1000;
  private static final long MS_REC = 0x4000;
  private static final long MS_SHARED = 1 << 20;
  private static final int MNT_DETACH = 2;

  private final int fd;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Path path;

  private Netns(int fd, Path path) {
    this.fd = fd;
    this.path = path;
  }

  /** The namespace that {@code path} is mounted from: a named one, or /proc/PID/ns/net. */
  public static Netns open(Path path) {
    try (Native os = new Native()) {
      int fd = os.libc.open(os.string(path.toString()), O_RDONLY_CLOEXEC, 0);
      return new Netns(check("open network namespace " + path, fd), path);
    }
  }

  /** The namespace named {@code name} in {@link #DIRECTORY}. */
  public static Netns named(String name) {
    return open(DIRECTORY.resolve(name));
  }

  /** The calling thread's namespace. */
  public static Netns current() {
    return open(OF_THREAD);
  }

  /**
   * Makes a new namespace that nobody else knows, and that ends with this. Its loopback is down.
   */
  public static Netns create() {
    return onNewThread(
        "create-netns",
        () -> {
          try (Native os = new Native()) {
            check("unshare the network namespace", os.libc.unshare(CLONE_NEWNET));
            int fd = os.libc.open(os.string(OF_THREAD.toString()), O_RDONLY_CLOEXEC, 0);
            return new Netns(
                check("open the new network namespace", fd), Path.of("/proc/self/fd/" + fd));
          }
        });
  }

  /**
   * Makes a new namespace with that name, like {@code ip netns add}. Its loopback is down.
   *
   * @throws NetlinkException EEXIST when the name is taken
   */
  public static Netns create(String name) {
    Path path = DIRECTORY.resolve(name);
    shareDirectory();
    try (Native os = new Native()) {
      int file = os.libc.open(os.string(path.toString()), O_CREAT_EXCL | O_RDONLY_CLOEXEC, 0);
      os.libc.close(check("create " + path, file));
    }
    try {
      onNewThread(
          "create-" + name,
          () -> {
            try (Native os = new Native()) {
              check("unshare the network namespace", os.libc.unshare(CLONE_NEWNET));
              check(
                  "mount the new network namespace on " + path,
                  os.libc.mount(
                      os.string(OF_THREAD.toString()),
                      os.string(path.toString()),
                      os.string("none"),
                      MS_BIND));
            }
            return path;
          });
    } catch (NetlinkException e) {
      remove(path);
      throw e;
    }
    return open(path);
  }

  /** Removes the name, like {@code ip netns del}; the namespace ends when nothing uses it. */
  public static void delete(String name) {
    Path path = DIRECTORY.resolve(name);
    try (Native os = new Native()) {
      int unmounted = os.libc.umount(os.string(path.toString()), MNT_DETACH);
      if (unmounted != -Errno.EINVAL) { // EINVAL: the file is there, but nothing is mounted on it
        check("unmount " + path, unmounted);
      }
    }
    remove(path);
  }

  private static void remove(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes the directory a shared mount, so that a name made here shows in other mount namespaces
   * and, more important, goes away in them when it is deleted here.
   */
  private static void shareDirectory() {
    try {
      Files.createDirectories(DIRECTORY);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (Native os = new Native()) {
      MemorySegment directory = os.string(DIRECTORY.toString());
      MemorySegment none = os.string("none");
      int shared = os.libc.mount(os.string(""), directory, none, MS_SHARED | MS_REC);
      if (shared == -Errno.EINVAL) { // not a mount point yet
        check("mount " + DIRECTORY, os.libc.mount(directory, directory, none, MS_BIND | MS_REC));
        shared = os.libc.mount(os.string(""), directory, none, MS_SHARED | MS_REC);
      }
      check("make " + DIRECTORY + " a shared mount", shared);
    }
  }

  /**
   * Runs {@code action} on a new platform thread inside of this namespace, and waits for it.
   * Sockets that it opens belong to the namespace for good; /proc/sys/net and /proc/thread-self/net
   * show the namespace, /proc/net does not.
   */
  public <T, X extends Exception> T call(CallableOp<T, X> action) throws X {
    return onNewThread(
        "netns-" + path.getFileName(),
        () -> {
          try (Native os = new Native()) {
            check("enter network namespace " + path, os.libc.setns(fd, CLONE_NEWNET));
          }
          return action.call();
        });
  }

  /** Like {@link #call}, without a result. */
  public void run(Runnable action) {
    call(
        () -> {
          action.run();
          return path;
        });
  }

  /** The thread is thrown away: what it changed of itself ends with it. */
  @SuppressWarnings("unchecked") // what the action throws is an X or unchecked
  private static <T, X extends Exception> T onNewThread(String name, CallableOp<T, X> action)
      throws X {
    FutureTask<T> task = new FutureTask<>(action::call);
    Thread.ofPlatform().name(name).start(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNull(e.getCause());
      switch (cause) {
        case Error error -> throw error;
        case RuntimeException exception -> throw exception;
        case Throwable checked -> throw (X) checked;
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static int check(String what, int result) {
    if (result < 0) {
      throw new NetlinkException(what, -result);
    }
    return result;
  }

  /** The descriptor, for IFLA_NET_NS_FD; -1 is never one. */
  public int fd() {
    return fd;
  }

  /** Where this was opened. */
  public Path path() {
    return path;
  }

  @Override
  public String toString() {
    return path.toString();
  }

  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return; // the number may be another file's by now
    }
    try (Native os = new Native()) {
      os.libc.close(fd);
    }
  }

  /** The C library and memory for its arguments, for one call. */
  private static final class Native implements AutoCloseable {
    final Arena arena = Arena.ofConfined();
    final Libc libc = new Libc(arena);

    MemorySegment string(String text) {
      return arena.allocateFrom(text);
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
