package calico.datastore.etcd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP relay on loopback whose connections a test can break. */
final class Relay implements AutoCloseable {
  private final ServerSocket server;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean refusing;
  private volatile boolean frozen;

  Relay(int target) throws IOException {
    this(InetAddress.getLoopbackAddress(), target);
  }

  Relay(InetAddress at, int target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 50, at);
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** Closes new connections at once. */
  void refuse(boolean now) throws IOException {
    refusing = now;
    if (now) {
      breakConnections();
    }
  }

  /** From now on lets no byte pass and closes nothing: a machine that has lost its network. */
  void freeze() {
    frozen = true;
  }

  void breakConnections() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  @Override
  public void close() throws IOException {
    server.close();
    breakConnections();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket near = server.accept();
        if (refusing) {
          near.close();
          continue;
        }
        Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
        near.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        sockets.add(near);
        sockets.add(far);
        Thread.ofVirtual().start(() -> copy(near, far));
        Thread.ofVirtual().start(() -> copy(far, near));
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void copy(Socket from, Socket to) {
    byte[] buffer = new byte[65536];
    try (from;
        to) {
      int length;
      while ((length = from.getInputStream().read(buffer)) >= 0) {
        if (!frozen) {
          to.getOutputStream().write(buffer, 0, length);
        }
      }
    } catch (IOException _) {
      // Broken by the test or by either end; closing both is the answer to that.
    }
  }
}
