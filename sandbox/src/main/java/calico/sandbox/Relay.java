package calico.sandbox;

import calico.netlink.Netns;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Carries TCP connections from an address in the sandbox's network to the datastore, which listens
 * on an address that only the machine itself can reach.
 */
final class Relay implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final InetSocketAddress target;

  Relay(Netns netns, InetSocketAddress listenOn, InetSocketAddress target) throws IOException {
    this.target = target;
    this.listener =
        netns.call(
            () -> {
              ServerSocketChannel channel = ServerSocketChannel.open();
              channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
              return channel.bind(listenOn);
            });
    Thread.ofVirtual().name("relay").start(this::accept);
  }

  private void accept() {
    while (true) {
      try {
        SocketChannel client = listener.accept();
        Thread.ofVirtual().name("relay").start(() -> serve(client));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        System.err.println("relay to " + target + ": " + e.getMessage());
      }
    }
  }

  private void serve(SocketChannel client) {
    try (client;
        SocketChannel server = SocketChannel.open(target)) {
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
      server.setOption(StandardSocketOptions.TCP_NODELAY, true);
      Thread back = Thread.ofVirtual().name("relay").start(() -> copy(server, client));
      copy(client, server);
      back.join();
    } catch (IOException e) {
      // the datastore is away: the client sees its connection end and tries again
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Copies until the end of the stream; then both directions end. */
  private static void copy(SocketChannel from, SocketChannel to) {
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    try {
      while (from.read(buffer.clear()) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
      }
      to.shutdownOutput();
    } catch (IOException e) {
      close(from);
      close(to);
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // closed is what was wanted
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
