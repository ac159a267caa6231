package calico.netlink;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A received message: a view of the socket's buffer, valid until the socket reads again. The layout
 * is drawn in {@link MessageWriter}.
 */
public final class Message {
  public static final int REQUEST = 0x1;
  public static final int MULTI = 0x2;
  public static final int ACK = 0x4;
  public static final int DUMP_INTERRUPTED = 0x10;
  public static final int DUMP = 0x300;
  public static final int REPLACE = 0x100;
  public static final int EXCLUSIVE = 0x200;
  public static final int CREATE = 0x400;
  public static final int APPEND = 0x800;

  static final int ERROR = 2;
  static final int DONE = 3;
  static final VarHandle U16 = view(short[].class, ByteOrder.nativeOrder());
  static final VarHandle U32 = view(int[].class, ByteOrder.nativeOrder());
  static final VarHandle U64 = view(long[].class, ByteOrder.nativeOrder());
  static final VarHandle BE16 = view(short[].class, ByteOrder.BIG_ENDIAN);
  static final VarHandle BE32 = view(int[].class, ByteOrder.BIG_ENDIAN);
  static final VarHandle BE64 = view(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] buffer;
  private final int start;
  private final int end;

  private Message(byte[] buffer, int start, int end) {
    this.buffer = buffer;
    this.start = start;
    this.end = end;
  }

  private static VarHandle view(Class<?> type, ByteOrder order) {
    return MethodHandles.byteArrayViewVarHandle(type, order);
  }

  /**
   * The message that begins at {@code start} of a datagram that ends at {@code limit}.
   *
   * @throws MalformedMessageException when its length does not fit
   */
  public static Message at(byte[] buffer, int start, int limit) {
    int room = limit - start;
    if (room < MessageWriter.HEADER_LENGTH) {
      throw new MalformedMessageException(
          "a netlink header has 16 bytes, but only " + room + " are left");
    }
    int length = (int) U32.get(buffer, start);
    if (length < MessageWriter.HEADER_LENGTH || length > room) {
      throw new MalformedMessageException(
          "a message says it has "
              + Integer.toUnsignedString(length)
              + " bytes, but "
              + room
              + " are left");
    }
    return new Message(buffer, start, start + length);
  }

  /** Where the next message of the datagram begins. */
  int next() {
    return start + ((end - start + 3) & ~3);
  }

  public int type() {
    return (short) U16.get(buffer, start + 4) & 0xffff;
  }

  public int flags() {
    return (short) U16.get(buffer, start + 6) & 0xffff;
  }

  public int sequence() {
    return (int) U32.get(buffer, start + 8);
  }

  /** Length of what follows the netlink header. */
  public int bodyLength() {
    return end - start - MessageWriter.HEADER_LENGTH;
  }

  private int body(int offset, int width) {
    if (offset + width > bodyLength()) {
      throw new MalformedMessageException(
          "message type "
              + type()
              + " has a body of "
              + bodyLength()
              + " bytes; a field is at "
              + offset);
    }
    return start + MessageWriter.HEADER_LENGTH + offset;
  }

  /** A byte of the fixed header, {@code offset} after the netlink header. */
  public int u8(int offset) {
    return buffer[body(offset, 1)] & 0xff;
  }

  public int u16(int offset) {
    return (short) U16.get(buffer, body(offset, 2)) & 0xffff;
  }

  public int u32(int offset) {
    return (int) U32.get(buffer, body(offset, 4));
  }

  /** The attributes after a fixed header of {@code headerLength} bytes. */
  public AttributeReader attributes(int headerLength) {
    int from = body(headerLength, 0);
    return new AttributeReader(
        buffer, Math.min(start + 16 + ((from - start - 16 + 3) & ~3), end), end);
  }
}
