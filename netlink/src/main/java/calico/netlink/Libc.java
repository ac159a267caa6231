package calico.netlink;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The system calls this module needs, through the C library. Each call gives its result, or minus
 * the errno. An instance holds the memory that errno is captured in: one thread at a time.
 */
final class Libc {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle SOCKET = find("socket", INT, INT, INT, INT);
  private static final MethodHandle BIND = find("bind", INT, INT, POINTER, INT);
  private static final MethodHandle SEND = find("send", LONG, INT, POINTER, LONG, INT);
  private static final MethodHandle RECV = find("recv", LONG, INT, POINTER, LONG, INT);
  private static final MethodHandle RECVFROM =
      find("recvfrom", LONG, INT, POINTER, LONG, INT, POINTER, POINTER);
  private static final MethodHandle SETSOCKOPT =
      find("setsockopt", INT, INT, INT, INT, POINTER, INT);
  private static final MethodHandle POLL = find("poll", INT, POINTER, LONG, INT);
  private static final MethodHandle EVENTFD = find("eventfd", INT, INT, INT);
  private static final MethodHandle WRITE = find("write", LONG, INT, POINTER, LONG);
  private static final MethodHandle CLOSE = find("close", INT, INT);
  private static final MethodHandle SETNS = find("setns", INT, INT, INT);
  private static final MethodHandle UNSHARE = find("unshare", INT, INT);
  private static final MethodHandle MOUNT =
      find("mount", INT, POINTER, POINTER, POINTER, LONG, POINTER);
  private static final MethodHandle UMOUNT = find("umount2", INT, POINTER, INT);

  /** open takes its mode as a variable argument, which some ABIs pass differently. */
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(INT, POINTER, INT, INT),
          Linker.Option.captureCallState("errno"),
          Linker.Option.firstVariadicArg(2));

  private final MemorySegment state;

  Libc(Arena arena) {
    state = arena.allocate(STATE);
  }

  private static MethodHandle find(String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.captureCallState("errno"));
  }

  private int result(int value) {
    return value == -1 ? -(int) ERRNO.get(state, 0L) : value;
  }

  private static AssertionError impossible(Throwable cause) {
    return new AssertionError("a downcall with the handle's exact types throws nothing", cause);
  }

  int socket(int domain, int type, int protocol) {
    try {
      return result((int) SOCKET.invokeExact(state, domain, type, protocol));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int bind(int fd, MemorySegment address) {
    try {
      return result((int) BIND.invokeExact(state, fd, address, (int) address.byteSize()));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int send(int fd, MemorySegment buffer, long length) {
    try {
      return result((int) (long) SEND.invokeExact(state, fd, buffer, length, 0));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int recv(int fd, MemorySegment buffer, int flags) {
    try {
      return result((int) (long) RECV.invokeExact(state, fd, buffer, buffer.byteSize(), flags));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /**
   * @param addressLength in: room for the address; out: what it takes
   */
  int recvfrom(
      int fd, MemorySegment buffer, int flags, MemorySegment address, MemorySegment addressLength) {
    try {
      return result(
          (int)
              (long)
                  RECVFROM.invokeExact(
                      state, fd, buffer, buffer.byteSize(), flags, address, addressLength));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int setsockopt(int fd, int level, int option, MemorySegment value) {
    try {
      return result(
          (int) SETSOCKOPT.invokeExact(state, fd, level, option, value, (int) value.byteSize()));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int poll(MemorySegment descriptors, long count, int timeoutMillis) {
    try {
      return result((int) POLL.invokeExact(state, descriptors, count, timeoutMillis));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int eventfd(int initial, int flags) {
    try {
      return result((int) EVENTFD.invokeExact(state, initial, flags));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int write(int fd, MemorySegment buffer) {
    try {
      return result((int) (long) WRITE.invokeExact(state, fd, buffer, buffer.byteSize()));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int close(int fd) {
    try {
      return result((int) CLOSE.invokeExact(state, fd));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int open(MemorySegment path, int flags, int mode) {
    try {
      return result((int) OPEN.invokeExact(state, path, flags, mode));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int setns(int fd, int type) {
    try {
      return result((int) SETNS.invokeExact(state, fd, type));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int unshare(int flags) {
    try {
      return result((int) UNSHARE.invokeExact(state, flags));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int mount(MemorySegment source, MemorySegment target, MemorySegment type, long flags) {
    try {
      return result(
          (int) MOUNT.invokeExact(state, source, target, type, flags, MemorySegment.NULL));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int umount(MemorySegment target, int flags) {
    try {
      return result((int) UMOUNT.invokeExact(state, target, flags));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }
}
