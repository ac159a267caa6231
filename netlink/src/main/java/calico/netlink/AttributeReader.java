package calico.netlink;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A cursor over a row of attributes.
 *
 * <pre>
 * while (in.next()) {
 *   switch (in.type()) {
 *     case IFLA_IFNAME -> name = in.string();
 *     ...
 * </pre>
 *
 * Getters read the current attribute and throw {@link MalformedMessageException} when it is too
 * short for what is asked.
 */
public final class AttributeReader {
  private static final int TYPE_MASK = 0x3fff;

  private final byte[] buffer;
  private final int end;
  private int following;
  private int type = -1;
  private int value;
  private int valueEnd;

  AttributeReader(byte[] buffer, int start, int end) {
    this.buffer = buffer;
    this.following = start;
    this.end = end;
  }

  /** The attributes in {@code bytes}. */
  public static AttributeReader of(byte[] bytes) {
    return new AttributeReader(bytes, 0, bytes.length);
  }

  /** Steps to the next attribute; false at the end. */
  public boolean next() {
    int room = end - following;
    if (room <= 0) {
      return false;
    }
    if (room < 4) {
      throw new MalformedMessageException(room + " bytes after the last attribute");
    }
    int length = (short) Message.U16.get(buffer, following) & 0xffff;
    if (length < 4 || length > room) {
      throw new MalformedMessageException(
          "an attribute says it has " + length + " bytes, but " + room + " are left");
    }
    type = (short) Message.U16.get(buffer, following + 2) & TYPE_MASK;
    value = following + 4;
    valueEnd = following + length;
    following += (length + 3) & ~3;
    return true;
  }

  /** The current attribute's type without the nested and byte order bits. */
  public int type() {
    return type;
  }

  public int length() {
    return valueEnd - value;
  }

  private int need(int width) {
    if (length() < width) {
      throw new MalformedMessageException(
          "attribute " + type + " has " + length() + " bytes, expected " + width);
    }
    return value;
  }

  public int u8() {
    return buffer[need(1)] & 0xff;
  }

  public int u16() {
    return (short) Message.U16.get(buffer, need(2)) & 0xffff;
  }

  public int u32() {
    return (int) Message.U32.get(buffer, need(4));
  }

  public long u64() {
    return (long) Message.U64.get(buffer, need(8));
  }

  public int be16() {
    return (short) Message.BE16.get(buffer, need(2)) & 0xffff;
  }

  public int be32() {
    return (int) Message.BE32.get(buffer, need(4));
  }

  public long be64() {
    return (long) Message.BE64.get(buffer, need(8));
  }

  /** Text up to the first zero byte. */
  public String string() {
    int to = value;
    while (to < valueEnd && buffer[to] != 0) {
      to++;
    }
    return new String(buffer, value, to - value, StandardCharsets.UTF_8);
  }

  /** A copy of the value. */
  public byte[] bytes() {
    return Arrays.copyOfRange(buffer, value, valueEnd);
  }

  /** {@code count} bytes of the value from {@code offset}. */
  public byte[] bytes(int offset, int count) {
    need(offset + count);
    return Arrays.copyOfRange(buffer, value + offset, value + offset + count);
  }

  /** The attributes inside of the current one. */
  public AttributeReader nested() {
    return new AttributeReader(buffer, value, valueEnd);
  }

  /** The attributes in a part of the current one's value, for values that begin otherwise. */
  public AttributeReader nested(int from, int to) {
    need(to);
    return new AttributeReader(buffer, value + from, value + to);
  }

  /** A byte at {@code offset} of the value. */
  public int u8(int offset) {
    return buffer[need(offset + 1) + offset] & 0xff;
  }

  /** Two bytes at {@code offset} of the value. */
  public int u16(int offset) {
    return (short) Message.U16.get(buffer, need(offset + 2) + offset) & 0xffff;
  }

  /** Four bytes at {@code offset} of the value. */
  public int u32(int offset) {
    return (int) Message.U32.get(buffer, need(offset + 4) + offset);
  }
}
