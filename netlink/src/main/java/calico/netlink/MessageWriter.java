package calico.netlink;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes netlink messages one after the other into a buffer that grows and is used again.
 *
 * <pre>
 * struct nlmsghdr                      struct nlattr
 *  0  u32 len, with this header         0  u16 len, with this header, without padding
 *  4  u16 type                          2  u16 type | 0x8000 nested
 *  6  u16 flags                         4  value, padded with zeros to a multiple of 4
 *  8  u32 sequence
 * 12  u32 port (0: the kernel fills in)
 * 16  the family's fixed header, then attributes
 * </pre>
 *
 * All numbers are in the machine's order, except where a name says {@code Be}. Source: {@code
 * linux/netlink.h}.
 */
public final class MessageWriter {
  static final int HEADER_LENGTH = 16;
  static final int NESTED = 0x8000;
  private static final int ATTRIBUTE_MAX = 0xffff;
  private static final int INITIAL_BYTES = 4096;

  private static final VarHandle U16 = view(short[].class, ByteOrder.nativeOrder());
  private static final VarHandle U32 = view(int[].class, ByteOrder.nativeOrder());
  private static final VarHandle U64 = view(long[].class, ByteOrder.nativeOrder());
  private static final VarHandle BE16 = view(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle BE32 = view(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle BE64 = view(long[].class, ByteOrder.BIG_ENDIAN);

  private byte[] buffer = new byte[INITIAL_BYTES];
  private int length;

  private static VarHandle view(Class<?> type, ByteOrder order) {
    return MethodHandles.byteArrayViewVarHandle(type, order);
  }

  /** Forgets what was written, and does not keep the memory that something large has taken. */
  public void clear() {
    length = 0;
    if (buffer.length > NetlinkSocket.KEPT_BYTES) {
      buffer = new byte[INITIAL_BYTES];
    }
  }

  public int length() {
    return length;
  }

  /** What was written, without copying; valid until the next write. */
  byte[] buffer() {
    return buffer;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(buffer, length);
  }

  /** Begins a message; {@link #end} closes it. Returns where it begins. */
  public int begin(int type, int flags, int sequence) {
    int start = length;
    u32(0);
    u16(type);
    u16(flags);
    u32(sequence);
    u32(0);
    return start;
  }

  /** Closes the message that begins at {@code start}: its length is known now. */
  public void end(int start) {
    U32.set(buffer, start, length - start);
  }

  private int grow(int count) {
    int at = length;
    if (at + count > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, at + count));
    }
    length = at + count;
    return at;
  }

  public MessageWriter u8(int value) {
    int at = grow(1);
    buffer[at] = (byte) value;
    return this;
  }

  public MessageWriter u16(int value) {
    int at = grow(2);
    U16.set(buffer, at, (short) value);
    return this;
  }

  public MessageWriter u32(int value) {
    int at = grow(4);
    U32.set(buffer, at, value);
    return this;
  }

  public MessageWriter be16(int value) {
    int at = grow(2);
    BE16.set(buffer, at, (short) value);
    return this;
  }

  public MessageWriter bytes(byte... value) {
    int at = grow(value.length);
    System.arraycopy(value, 0, buffer, at, value.length);
    return this;
  }

  private int attribute(int type, int valueLength) {
    if (valueLength + 4 > ATTRIBUTE_MAX) {
      throw new IllegalArgumentException(
          "attribute " + type + " of " + valueLength + " bytes; the format ends at 65531");
    }
    u16(valueLength + 4);
    u16(type);
    int padded = (valueLength + 3) & ~3;
    int at = grow(padded);
    for (int i = at + valueLength; i < at + padded; i++) {
      buffer[i] = 0;
    }
    return at;
  }

  public MessageWriter attribute(int type, byte[] value) {
    int at = attribute(type, value.length);
    System.arraycopy(value, 0, buffer, at, value.length);
    return this;
  }

  /** UTF-8 with a zero byte at the end. */
  public MessageWriter string(int type, String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    int at = attribute(type, text.length + 1);
    System.arraycopy(text, 0, buffer, at, text.length);
    buffer[at + text.length] = 0;
    return this;
  }

  public MessageWriter u8(int type, int value) {
    int at = attribute(type, 1);
    buffer[at] = (byte) value;
    return this;
  }

  public MessageWriter u16(int type, int value) {
    int at = attribute(type, 2);
    U16.set(buffer, at, (short) value);
    return this;
  }

  public MessageWriter u32(int type, int value) {
    int at = attribute(type, 4);
    U32.set(buffer, at, value);
    return this;
  }

  public MessageWriter u64(int type, long value) {
    int at = attribute(type, 8);
    U64.set(buffer, at, value);
    return this;
  }

  public MessageWriter be16(int type, int value) {
    int at = attribute(type, 2);
    BE16.set(buffer, at, (short) value);
    return this;
  }

  public MessageWriter be32(int type, int value) {
    int at = attribute(type, 4);
    BE32.set(buffer, at, value);
    return this;
  }

  public MessageWriter be64(int type, long value) {
    int at = attribute(type, 8);
    BE64.set(buffer, at, value);
    return this;
  }

  /** Begins an attribute that holds attributes; {@link #endNest} closes it. */
  public int nest(int type) {
    int start = length;
    u16(0);
    u16(type | NESTED);
    return start;
  }

  public void endNest(int start) {
    int size = length - start;
    if (size > ATTRIBUTE_MAX) {
      throw new IllegalArgumentException(
          "nested attribute of " + size + " bytes; the format ends at " + ATTRIBUTE_MAX);
    }
    U16.set(buffer, start, (short) size);
  }
}
