package calico.netlink;

import java.util.HexFormat;
import java.util.Random;

/** Requests as bytes and as messages, for tests of the codecs. */
public final class Encoded {
  private Encoded() {}

  /** What follows the netlink header, in hexadecimal. */
  public static String body(Request request) {
    byte[] all = bytes(request);
    return HexFormat.of().formatHex(all, MessageWriter.HEADER_LENGTH, all.length);
  }

  public static byte[] bytes(Request request) {
    MessageWriter to = new MessageWriter();
    int start = to.begin(request.type(), request.flags(), 1);
    request.encode(to);
    to.end(start);
    return to.toByteArray();
  }

  public static Message message(Request request) {
    byte[] all = bytes(request);
    return Message.at(all, 0, all.length);
  }

  /** Random, from -Dseed= or the clock; the seed is printed so that a failure can be had again. */
  public static Random random() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed=" + seed);
    return new Random(seed);
  }
}
