package calico.cni;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What passes over the socket, once in each direction per connection.
 *
 * <pre>
 *   request:  PROGRAM 00 { NAME = VALUE 00 } 00 STDIN            ends with the sender's shutdown
 *   answer:   exit status (1 byte) STDOUT                        ends with the connection
 * </pre>
 *
 * PROGRAM is the base name under which the executable was called; the variables are those that
 * begin with CNI_.
 */
final class CniExchange {
  private static final int LONGEST_BYTES = 1 << 20;

  private CniExchange() {}

  /** One call as the runtime made it. */
  record Call(String program, Map<String, String> variables, String stdin) {}

  /** What the executable prints and ends with. */
  record Answer(int status, String stdout) {}

  static byte[] encode(Call call) {
    StringBuilder out = new StringBuilder(call.program()).append('\0');
    call.variables().forEach((n, v) -> out.append(n).append('=').append(v).append('\0'));
    return out.append('\0').append(call.stdin()).toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The call in a complete request.
   *
   * @throws CniException if it is not one
   */
  static Call decodeCall(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf("\0\0");
    if (end < 0) {
      throw new CniException(
          CniException.UNDECODABLE,
          "unreadable request",
          "the executable sent no end of variables; it does not fit this node daemon");
    }
    String[] head = text.substring(0, end).split("\0", -1);
    Map<String, String> variables = new LinkedHashMap<>();
    for (String variable : Arrays.asList(head).subList(1, head.length)) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        variables.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    return new Call(head[0], variables, text.substring(end + 2));
  }

  static byte[] encode(Answer answer) {
    byte[] stdout = answer.stdout().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + stdout.length).put((byte) answer.status()).put(stdout).array();
  }

  /**
   * The answer in all that was received.
   *
   * @throws IOException if that was nothing
   */
  static Answer decodeAnswer(byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      throw new IOException("the node daemon closed the connection without an answer");
    }
    return new Answer(bytes[0], new String(bytes, 1, bytes.length - 1, StandardCharsets.UTF_8));
  }

  /** Reads until the other side ends, at most 1 MiB. */
  static byte[] readAll(ByteChannel channel) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(8192);
    while (channel.read(buffer) >= 0) {
      all.write(buffer.array(), 0, buffer.position());
      buffer.clear();
      if (all.size() > LONGEST_BYTES) {
        throw new IOException("message longer than " + LONGEST_BYTES + " bytes");
      }
    }
    return all.toByteArray();
  }

  static void writeAll(ByteChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
