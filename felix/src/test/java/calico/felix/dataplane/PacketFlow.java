package calico.felix.dataplane;

import calico.netlink.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A thousand datagrams a second from a namespace: most of one flow; every tenth begins a flow of
 * its own, and every tenth goes to a port that policy denies.
 */
final class PacketFlow implements AutoCloseable {
  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final int OF_ITS_OWN = 3;
  private static final int DENIED = 7;

  private final InetSocketAddress allowed;
  private final InetSocketAddress denied;
  private final Thread thread;
  private volatile boolean stopped;
  private final AtomicInteger sent = new AtomicInteger();

  PacketFlow(Netns from, String address, int allowedPort, int deniedPort) {
    allowed = new InetSocketAddress(address, allowedPort);
    denied = new InetSocketAddress(address, deniedPort);
    thread = Thread.ofPlatform().start(() -> from.run(this::send));
  }

  private void send() {
    try (DatagramChannel flow = DatagramChannel.open()) {
      long next = System.nanoTime();
      int number = 0;
      while (!stopped) {
        switch (number++ % 10) {
          case OF_ITS_OWN -> {
            try (DatagramChannel own = DatagramChannel.open()) {
              send(own, allowed);
            }
          }
          case DENIED -> flow.send(ByteBuffer.wrap(new byte[] {1}), denied);
          default -> send(flow, allowed);
        }
        next += INTERVAL_NANOS;
        LockSupport.parkNanos(next - System.nanoTime());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void send(DatagramChannel channel, InetSocketAddress to) throws IOException {
    channel.send(ByteBuffer.wrap(new byte[] {0}), to);
    sent.incrementAndGet();
  }

  /** How many that are allowed have been sent. */
  int sent() {
    return sent.get();
  }

  /** Waits until so many more that are allowed have been sent. */
  void await(int more) {
    int goal = sent.get() + more;
    Lab.await(() -> more + " packets, now " + sent, () -> sent.get() >= goal || !thread.isAlive());
  }

  /** Ends; gives how many that are allowed were sent. */
  int stop() throws InterruptedException {
    stopped = true;
    thread.join();
    return sent.get();
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
