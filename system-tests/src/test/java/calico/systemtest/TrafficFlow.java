package calico.systemtest;

import calico.netlink.Netns;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Traffic between two workloads that never stops: one established TCP connection that echoes a byte
 * every few milliseconds, and new connections one after the other.
 */
final class TrafficFlow implements AutoCloseable {
  private static final int REPLY_TIMEOUT_MILLIS = 5_000;
  private static final long INTERVAL_MILLIS = 5;

  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
  private final AtomicInteger echoes = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private final Socket established;
  private volatile boolean stopped;

  /**
   * Starts.
   *
   * @param echoIp an address of the server at which {@link EchoServer} answers
   */
  TrafficFlow(Netns client, String echoIp, int port) throws IOException {
    InetSocketAddress server = new InetSocketAddress(echoIp, port);
    established =
        client.<Socket, IOException>call(
            () -> {
              Socket socket = new Socket();
              socket.connect(server, REPLY_TIMEOUT_MILLIS);
              socket.setSoTimeout(REPLY_TIMEOUT_MILLIS);
              socket.setTcpNoDelay(true);
              return socket;
            });
    threads.add(Thread.ofPlatform().start(() -> loop("established connection", this::echo)));
    threads.add(
        Thread.ofPlatform()
            .start(() -> client.run(() -> loop("new connection", () -> connect(server)))));
  }

  private interface Step {
    void run() throws IOException;
  }

  private void loop(String what, Step step) {
    while (!stopped) {
      try {
        step.run();
        TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
      } catch (IOException e) {
        failure.compareAndSet(null, what + ": " + e);
        return;
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void echo() throws IOException {
    established.getOutputStream().write(42);
    if (established.getInputStream().read() != 42) {
      throw new IOException("the connection has ended");
    }
    echoes.incrementAndGet();
  }

  private void connect(InetSocketAddress server) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoLinger(true, 0);
      socket.connect(server, REPLY_TIMEOUT_MILLIS);
      connections.incrementAndGet();
    }
  }

  /** What went wrong first, or null. */
  @Nullable String failure() {
    return failure.get();
  }

  int echoes() {
    return echoes.get();
  }

  int connections() {
    return connections.get();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    stopped = true;
    established.close();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Answers each byte with the same byte. */
  static final class EchoServer implements AutoCloseable {
    private final ServerSocketChannel listener;

    EchoServer(Netns netns, int port) throws IOException {
      listener =
          netns.<ServerSocketChannel, IOException>call(
              () -> ServerSocketChannel.open().bind(new InetSocketAddress(port), 256));
      Thread.ofPlatform().daemon().start(this::accept);
    }

    private void accept() {
      try {
        while (true) {
          SocketChannel client = listener.accept();
          Thread.ofVirtual().start(() -> serve(client));
        }
      } catch (IOException e) {
        // closed: the test is over
      }
    }

    private static void serve(SocketChannel client) {
      ByteBuffer buffer = ByteBuffer.allocate(1024);
      try (client) {
        while (client.read(buffer.clear()) >= 0) {
          buffer.flip();
          client.write(buffer);
        }
      } catch (IOException e) {
        // that client has gone
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
