package calico.sandbox;

import calico.netlink.Netns;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A thousand numbered datagrams a second from one namespace to another, in many flows: each has a
 * source port of its own.
 */
final class DatagramStream implements AutoCloseable {
  private static final int FLOWS_PER_ADDRESS = 64;
  private static final long INTERVAL_NANOS = 1_000_000;
  private static final long LATE_NANOS = 500_000_000;

  private final List<DatagramChannel> senders = new ArrayList<>();
  private final List<InetSocketAddress> destinations = new ArrayList<>();
  private final DatagramChannel receiver;
  private final BitSet arrived = new BitSet();
  private final List<Long> sentNanos = new ArrayList<>();
  private final Thread sending;
  private volatile boolean stopped;

  /**
   * Starts.
   *
   * @param to addresses of {@code there}, which get the same share each
   */
  DatagramStream(Netns here, Netns there, List<String> to, int port) throws IOException {
    this.receiver = there.call(() -> DatagramChannel.open().bind(new InetSocketAddress(port)));
    for (String address : to) {
      for (int i = 0; i < FLOWS_PER_ADDRESS; i++) {
        senders.add(here.<DatagramChannel, IOException>call(DatagramChannel::open));
        destinations.add(new InetSocketAddress(address, port));
      }
    }
    Thread.ofPlatform().daemon().name("datagrams-in").start(this::receive);
    this.sending = Thread.ofPlatform().daemon().name("datagrams-out").start(this::send);
  }

  private void send() {
    ByteBuffer datagram = ByteBuffer.allocate(Integer.BYTES);
    long next = System.nanoTime();
    for (int number = 0; !stopped; number++) {
      int flow = number * FLOWS_PER_ADDRESS % senders.size() + number % FLOWS_PER_ADDRESS;
      datagram.clear().putInt(number).flip();
      synchronized (arrived) {
        sentNanos.add(System.nanoTime());
      }
      try {
        senders.get(flow).send(datagram, destinations.get(flow));
      } catch (IOException e) {
        // the network has no way for it at this moment: that one is lost
      }
      next += INTERVAL_NANOS;
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private void receive() {
    ByteBuffer datagram = ByteBuffer.allocate(Integer.BYTES);
    while (true) {
      try {
        receiver.receive(datagram.clear());
        synchronized (arrived) {
          arrived.set(datagram.getInt(0));
        }
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        // an earlier datagram's error; the next one counts
      }
    }
  }

  /** Number of datagrams sent. */
  int sent() {
    synchronized (arrived) {
      return sentNanos.size();
    }
  }

  /**
   * What became of a part of the stream.
   *
   * @param lastLostMillis after its beginning the last one that was lost was sent; 0 if none was
   */
  record Loss(int sent, int lost, double lastLostMillis) {}

  /**
   * Waits until so many more have been sent and had time to arrive.
   *
   * @param from number of the first that counts
   */
  Loss after(int from, int count) throws IOException {
    awaitSent(from + count);
    int lost = 0;
    long lastNanos = 0;
    synchronized (arrived) {
      for (int i = from; i < from + count; i++) {
        if (!arrived.get(i)) {
          lost++;
          lastNanos = sentNanos.get(i) - sentNanos.get(from);
        }
      }
    }
    return new Loss(count, lost, lastNanos / 1e6);
  }

  private void awaitSent(int count) throws IOException {
    try {
      while (sent() < count) {
        TimeUnit.NANOSECONDS.sleep(INTERVAL_NANOS);
      }
      TimeUnit.NANOSECONDS.sleep(LATE_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    stopped = true;
    try {
      sending.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    receiver.close();
    for (DatagramChannel sender : senders) {
      sender.close();
    }
  }
}
