package calico.felix.dataplane;

import calico.netlink.Netns;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** Holds a TAP interface open, as a virtual machine does: only then does it have a carrier. */
final class Tap implements AutoCloseable {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle OPEN =
      function(
          "open",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
  private static final MethodHandle IOCTL =
      function(
          "ioctl",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.ADDRESS),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle READ = transfer("read");
  private static final MethodHandle WRITE = transfer("write");
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;
  private static final long TUNSETIFF = 0x400454ca;

  /** IFF_TAP without packet information. */
  private static final short TAP = 0x1002;

  private static final int IFREQ_BYTES = 40;
  private static final int FLAGS_OFFSET = 16;
  private static final int MAX_FRAME = 2000;

  private final int fd;

  /** Opens the interface of that name, and makes it if it is not there. */
  Tap(Netns netns, String name) {
    fd =
        netns.call(
            () -> {
              try (Arena arena = Arena.ofConfined()) {
                int opened =
                    (int) OPEN.invoke(arena.allocateFrom("/dev/net/tun"), O_RDWR | O_NONBLOCK);
                MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
                request.setString(0, name);
                request.set(ValueLayout.JAVA_SHORT, FLAGS_OFFSET, TAP);
                if (opened < 0 || (int) IOCTL.invoke(opened, TUNSETIFF, request) < 0) {
                  throw new AssertionError("cannot open " + name);
                }
                return opened;
              } catch (Throwable e) {
                throw new AssertionError(e);
              }
            });
  }

  private static MethodHandle transfer(String name) {
    return function(
        name,
        FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG));
  }

  /** Sends a frame as if it came in by the interface; it has been dealt with on return. */
  void send(byte[] frame) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, frame);
      if ((long) WRITE.invoke(fd, bytes, bytes.byteSize()) != frame.length) {
        throw new AssertionError("the interface took no frame");
      }
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** A frame that went out by the interface, or null if there is none now. */
  byte @Nullable [] receive() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(MAX_FRAME);
      long length = (long) READ.invoke(fd, bytes, bytes.byteSize());
      return length < 0 ? null : bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static MethodHandle function(
      String name, FunctionDescriptor type, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), type, options);
  }

  @Override
  public void close() {
    try {
      var _ = (int) CLOSE.invoke(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
