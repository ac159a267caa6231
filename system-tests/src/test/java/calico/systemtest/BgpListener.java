package calico.systemtest;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.Netns;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * A BGP speaker that takes sessions, announces nothing, and reads off the wire what is announced to
 * it and withdrawn (RFC 4271; RFC 4760 for IPv6). All sessions have one memory; with the last one
 * it ends.
 *
 * <pre>
 * message: 16 bytes ff | length (2) | type (1) | body
 * UPDATE:  length (2), withdrawn prefixes | length (2), attributes | announced prefixes
 * prefix:  bits (1) | as many bytes as the bits need
 * </pre>
 */
final class BgpListener implements AutoCloseable {
  private static final int PORT = 179;
  private static final int HEADER = 19;
  private static final int OPEN = 1;
  private static final int UPDATE = 2;
  private static final int KEEPALIVE = 4;
  private static final int EXTENDED_LENGTH = 0x10;
  private static final int MP_REACH = 14;
  private static final int MP_UNREACH = 15;
  private static final int AFI_IPV6 = 2;

  private final int as;
  private final ServerSocket server;
  private final Set<Cidr> announced = new ConcurrentSkipListSet<>();

  /**
   * @param netns where it listens, on all addresses
   * @param as below 65536
   */
  BgpListener(Netns netns, int as) throws IOException {
    this.as = as;
    this.server = netns.<ServerSocket, IOException>call(() -> new ServerSocket(PORT));
    Thread.ofVirtual().start(this::accept);
  }

  /** What is announced at the moment. */
  Set<Cidr> announced() {
    return new TreeSet<>(announced);
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException _) {
      // closed
    }
  }

  private void serve(Socket socket) {
    Set<Cidr> own = new TreeSet<>();
    try (socket;
        DataInputStream in = new DataInputStream(socket.getInputStream());
        DataOutputStream out = new DataOutputStream(socket.getOutputStream())) {
      while (true) {
        in.skipNBytes(HEADER - 3);
        byte[] body = new byte[in.readUnsignedShort() - HEADER];
        int type = in.readUnsignedByte();
        in.readFully(body);
        switch (type) {
          case OPEN -> {
            send(out, OPEN, open());
            send(out, KEEPALIVE, new byte[0]);
          }
          case KEEPALIVE -> send(out, KEEPALIVE, body);
          case UPDATE -> update(ByteBuffer.wrap(body), own);
          default -> throw new EOFException("a notification: " + Arrays.toString(body));
        }
      }
    } catch (EOFException | SocketException _) {
      own.forEach(announced::remove); // the session is over
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void send(DataOutputStream out, int type, byte[] body) throws IOException {
    ByteBuffer message = ByteBuffer.allocate(HEADER + body.length);
    for (int i = 0; i < HEADER - 3; i++) {
      message.put((byte) 0xff);
    }
    message.putShort((short) (HEADER + body.length)).put((byte) type).put(body);
    out.write(message.array());
    out.flush();
  }

  /** Version 4, hold time 240 s; capable of unicast in both families. */
  private byte[] open() {
    byte[] capabilities = {1, 4, 0, 1, 0, 1, 1, 4, 0, AFI_IPV6, 0, 1};
    ByteBuffer open = ByteBuffer.allocate(12 + capabilities.length);
    open.put((byte) 4).putShort((short) as).putShort((short) 240).putInt(as);
    open.put((byte) (2 + capabilities.length)).put((byte) 2).put((byte) capabilities.length);
    return open.put(capabilities).array();
  }

  private void update(ByteBuffer body, Set<Cidr> own) {
    prefixes(part(body, body.getShort()), Family.IPV4, false, own);
    ByteBuffer attributes = part(body, body.getShort());
    while (attributes.hasRemaining()) {
      int flags = attributes.get();
      int type = attributes.get();
      boolean extended = (flags & EXTENDED_LENGTH) != 0;
      int length = extended ? attributes.getShort() & 0xffff : attributes.get() & 0xff;
      ByteBuffer value = part(attributes, length);
      if (type == MP_REACH || type == MP_UNREACH) {
        Family family = value.getShort() == AFI_IPV6 ? Family.IPV6 : Family.IPV4;
        value.get(); // unicast
        if (type == MP_REACH) {
          part(value, value.get()); // the next hop
          value.get(); // reserved
        }
        prefixes(value, family, type == MP_REACH, own);
      }
    }
    prefixes(body, Family.IPV4, true, own);
  }

  private static ByteBuffer part(ByteBuffer from, int length) {
    ByteBuffer part = from.slice(from.position(), length);
    from.position(from.position() + length);
    return part;
  }

  private void prefixes(ByteBuffer list, Family family, boolean announce, Set<Cidr> own) {
    while (list.hasRemaining()) {
      int bits = list.get() & 0xff;
      byte[] address = new byte[family.bits() / 8];
      list.get(address, 0, (bits + 7) / 8);
      Cidr prefix = Cidr.parse(Ip.of(address) + "/" + bits);
      if (announce) {
        own.add(prefix);
        announced.add(prefix);
      } else {
        own.remove(prefix);
        announced.remove(prefix);
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
