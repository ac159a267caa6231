package calico.felix.dataplane;

import calico.netlink.Netns;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Servers that echo, and clients, in namespaces. */
final class Traffic implements AutoCloseable {
  /** As long as a packet over a veth pair could possibly need; a dropped one costs all of it. */
  private static final int TIMEOUT_MILLIS = 300;

  private final List<AutoCloseable> open = new ArrayList<>();

  /** Echoes every byte of TCP connections, and every UDP datagram, on a port of both families. */
  void serve(Netns netns, int port) {
    ServerSocketChannel tcp =
        netns.call(
            () -> {
              try {
                return ServerSocketChannel.open().bind(new InetSocketAddress("::", port));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    DatagramChannel udp =
        netns.call(
            () -> {
              try {
                return DatagramChannel.open(StandardProtocolFamily.INET6)
                    .bind(new InetSocketAddress("::", port));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    open.add(tcp);
    open.add(udp);
    Thread.ofVirtual()
        .start(
            () -> {
              while (true) {
                try {
                  SocketChannel connection = tcp.accept();
                  Thread.ofVirtual().start(() -> echo(connection));
                } catch (ClosedChannelException e) {
                  return;
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
            });
    Thread.ofVirtual().start(() -> echo(udp));
  }

  private static void echo(SocketChannel connection) {
    try (connection) {
      connection.socket().getInputStream().transferTo(connection.socket().getOutputStream());
    } catch (IOException e) {
      // The client has gone.
    }
  }

  private static void echo(DatagramChannel udp) {
    ByteBuffer buffer = ByteBuffer.allocate(2000);
    try {
      while (true) {
        var from = udp.receive(buffer.clear());
        udp.send(buffer.flip(), from);
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  /** A connection, or null if it cannot be made. */
  @Nullable SocketChannel connect(Netns netns, String address, int port) {
    return netns.call(
        () -> {
          try {
            SocketChannel channel = SocketChannel.open();
            try {
              channel.socket().connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
              open.add(channel);
              return channel;
            } catch (IOException e) {
              channel.close();
              return null;
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  boolean tcp(Netns netns, String address, int port) {
    SocketChannel channel = connect(netns, address, port);
    return channel != null && echoes(channel);
  }

  /** Whether a byte comes back. */
  static boolean echoes(SocketChannel channel) {
    try {
      channel.socket().setSoTimeout(TIMEOUT_MILLIS);
      channel.socket().getOutputStream().write(42);
      InputStream in = channel.socket().getInputStream();
      return in.read() == 42;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean udp(Netns netns, String address, int port) {
    return netns.call(
        () -> {
          try (DatagramChannel channel = DatagramChannel.open()) {
            channel.socket().setSoTimeout(TIMEOUT_MILLIS);
            channel.connect(new InetSocketAddress(address, port));
            channel.write(ByteBuffer.wrap(new byte[] {42}));
            channel.socket().receive(new java.net.DatagramPacket(new byte[1], 1));
            return true;
          } catch (SocketTimeoutException | java.net.PortUnreachableException e) {
            return false;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Override
  public void close() {
    for (AutoCloseable each : open) {
      try {
        each.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
