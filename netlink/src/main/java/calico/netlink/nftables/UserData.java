package calico.netlink.nftables;

import calico.netlink.nftables.SetSpec.MapTarget;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The opaque bytes that {@code nft} keeps with rules, sets and elements; the kernel only stores
 * them.
 *
 * <pre>
 * u8 type, u8 length, value; again and again, 256 bytes at most
 * rule, element: type 0 comment, text with a zero byte at the end
 * set:  type 0 key byte order, type 1 data byte order: u32 in the machine's order, 1 host 2 big
 * </pre>
 *
 * Source: {@code libnftnl/udata.h}.
 */
final class UserData {
  private static final int COMMENT = 0;

  private static final int SET_KEY_ORDER = 0;
  private static final int SET_DATA_ORDER = 1;
  private static final int HOST_ORDER = 1;
  private static final int NETWORK_ORDER = 2;

  /** The value's length is one byte and includes the zero byte; the whole is at most 256. */
  static final int COMMENT_MAX = 253;

  private UserData() {}

  static byte[] comment(String comment) {
    byte[] text = comment.getBytes(StandardCharsets.UTF_8);
    if (text.length > COMMENT_MAX) {
      throw new IllegalArgumentException(
          "comment of " + text.length + " bytes; " + COMMENT_MAX + " can be kept: " + comment);
    }
    byte[] data = new byte[text.length + 3];
    data[0] = COMMENT;
    data[1] = (byte) (text.length + 1);
    System.arraycopy(text, 0, data, 2, text.length);
    return data;
  }

  /** The comment in a rule's user data; empty when there is none. */
  static String comment(byte[] data) {
    for (int at = 0; at + 2 <= data.length; at += 2 + (data[at + 1] & 0xff)) {
      int end = Math.min(at + 2 + (data[at + 1] & 0xff), data.length);
      if (data[at] == COMMENT) {
        byte[] text = Arrays.copyOfRange(data, at + 2, end);
        int length = text.length > 0 && text[text.length - 1] == 0 ? text.length - 1 : text.length;
        return new String(text, 0, length, StandardCharsets.UTF_8);
      }
    }
    return "";
  }

  /** Tells {@code nft} how to print keys and values; a concatenation has no byte order. */
  static byte[] byteOrders(SetSpec set) {
    boolean value = set.target() instanceof MapTarget.ToValue;
    ByteBuffer data = ByteBuffer.allocate(value ? 12 : 6).order(ByteOrder.nativeOrder());
    data.put((byte) SET_KEY_ORDER).put((byte) 4).putInt(order(set.key()));
    if (set.target() instanceof MapTarget.ToValue(var type)) {
      data.put((byte) SET_DATA_ORDER).put((byte) 4).putInt(order(type));
    }
    return data.array();
  }

  /** Whether a set's user data say that its only key field is to be printed so. */
  static boolean isKeyInNetworkOrder(byte[] data) {
    return isInNetworkOrder(data, SET_KEY_ORDER);
  }

  /** Likewise of the only field that a map gives. */
  static boolean isDataInNetworkOrder(byte[] data) {
    return isInNetworkOrder(data, SET_DATA_ORDER);
  }

  private static boolean isInNetworkOrder(byte[] data, int what) {
    for (int at = 0; at + 6 <= data.length; at += 2 + (data[at + 1] & 0xff)) {
      if (data[at] == what) {
        return ByteBuffer.wrap(data).order(ByteOrder.nativeOrder()).getInt(at + 2) == NETWORK_ORDER;
      }
    }
    return false;
  }

  private static int order(List<DataType> fields) {
    return fields.size() > 1 ? 0 : fields.getFirst().bigEndian ? NETWORK_ORDER : HOST_ORDER;
  }
}
