package calico.systemtest;

import calico.netlink.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A thousand datagrams a second from one workload to another, counted by the kernel where they
 * arrive; every tenth begins a flow of its own.
 */
final class DatagramFlow implements AutoCloseable {
  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final int ARRIVAL_SECONDS = 5;

  private final Netns to;
  private final InetSocketAddress server;
  private final Thread thread;
  private volatile boolean stopped;
  private final AtomicInteger sent = new AtomicInteger();

  DatagramFlow(Netns from, Netns to, String ip, int port) {
    this.to = to;
    this.server = new InetSocketAddress(ip, port);
    nft("add table inet arrivals");
    nft("add counter inet arrivals datagrams");
    nft("add chain inet arrivals in { type filter hook prerouting priority 0 ; }");
    nft("add rule inet arrivals in udp dport " + port + " counter name datagrams");
    thread = Thread.ofPlatform().start(() -> from.run(this::send));
  }

  private String nft(String arguments) {
    return to.call(
        () -> {
          try {
            Process process = new ProcessBuilder(("nft " + arguments).split(" ")).start();
            String output =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
              throw new AssertionError("nft " + arguments);
            }
            return output;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
  }

  private void send() {
    try (DatagramChannel flow = DatagramChannel.open()) {
      long next = System.nanoTime();
      while (!stopped) {
        if (sent.get() % 10 == 0) {
          try (DatagramChannel own = DatagramChannel.open()) {
            own.send(ByteBuffer.wrap(new byte[] {0}), server);
          }
        } else {
          flow.send(ByteBuffer.wrap(new byte[] {0}), server);
        }
        sent.incrementAndGet();
        next += INTERVAL_NANOS;
        LockSupport.parkNanos(next - System.nanoTime());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int arrived() {
    return Integer.parseInt(
        nft("list counter inet arrivals datagrams").replaceAll("(?s).*packets ([0-9]+) .*", "$1"));
  }

  int sent() {
    return sent.get();
  }

  /** Ends, and tells how many have not arrived. */
  int lost() throws InterruptedException {
    stopped = true;
    thread.join();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ARRIVAL_SECONDS);
    while (arrived() < sent.get() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(INTERVAL_NANOS);
    }
    return sent.get() - arrived();
  }

  @Override
  public void close() throws InterruptedException {
    stopped = true;
    thread.join();
    nft("delete table inet arrivals");
  }
}
