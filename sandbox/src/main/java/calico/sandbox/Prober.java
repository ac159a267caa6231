package calico.sandbox;

import calico.model.Family;
import calico.netlink.Netns;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Measures who can reach whom with TCP connections to a real listener in each workload. */
final class Prober implements AutoCloseable {
  /** Where each workload listens. */
  static final int PORT = 8080;

  private static final int CONNECT_TIMEOUT_MILLIS = 1_000;
  private static final int WATCH_TIMEOUT_MILLIS = 100;

  private final Map<String, Target> targets;
  private final List<ServerSocketChannel> listeners = new ArrayList<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("probe-", 0).factory());

  /** A workload: where it is and its addresses, by family. */
  record Target(Netns netns, Map<Family, String> ips) {}

  /** Opens a listener in each workload. */
  Prober(Map<String, Target> targets) throws IOException {
    this.targets = new LinkedHashMap<>(targets);
    for (Target target : targets.values()) {
      ServerSocketChannel listener =
          target.netns.call(
              () -> {
                ServerSocketChannel channel = ServerSocketChannel.open();
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                channel.bind(new InetSocketAddress(PORT), 1024);
                return channel;
              });
      listeners.add(listener);
      Thread.ofPlatform().daemon().name("listen-" + target.ips).start(() -> accept(listener));
    }
  }

  /** Answers each connection with one byte, which proves that a packet came back. */
  private static void accept(ServerSocketChannel listener) {
    while (true) {
      try (SocketChannel connection = listener.accept()) {
        connection.write(java.nio.ByteBuffer.wrap(new byte[] {'!'}));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        // that one client has gone; the next one counts
      }
    }
  }

  /** The families in which every workload has an address. */
  List<Family> families() {
    return Arrays.stream(Family.values())
        .filter(family -> targets.values().stream().allMatch(t -> t.ips.containsKey(family)))
        .toList();
  }

  /** Tries every pair, all at once. */
  Matrix measure(Family family) throws IOException {
    Map<Matrix.Pair, Future<Boolean>> running = new LinkedHashMap<>();
    for (Matrix.Pair pair : Matrix.pairs(List.copyOf(targets.keySet()))) {
      running.put(pair, threads.submit(() -> reaches(pair, family)));
    }
    Map<Matrix.Pair, Boolean> cells = new LinkedHashMap<>();
    for (Map.Entry<Matrix.Pair, Future<Boolean>> e : running.entrySet()) {
      cells.put(e.getKey(), get(e.getValue()));
    }
    return new Matrix(List.copyOf(targets.keySet()), cells);
  }

  private boolean reaches(Matrix.Pair pair, Family family) throws IOException {
    InetSocketAddress to = target(pair, family);
    return source(pair).netns.call(() -> connects(to, CONNECT_TIMEOUT_MILLIS));
  }

  private static boolean connects(InetSocketAddress to, int timeoutMillis) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(timeoutMillis);
      socket.setSoLinger(true, 0);
      socket.connect(to, timeoutMillis);
      return socket.getInputStream().read() == '!';
    } catch (IOException e) {
      return false;
    }
  }

  private Target source(Matrix.Pair pair) {
    return get(pair.from());
  }

  private InetSocketAddress target(Matrix.Pair pair, Family family) {
    String ip = get(pair.to()).ips.get(family);
    if (ip == null) {
      throw new IllegalArgumentException(pair.to() + " has no address of " + family);
    }
    return new InetSocketAddress(ip, PORT);
  }

  private Target get(String name) {
    Target target = targets.get(name);
    if (target == null) {
      throw new IllegalArgumentException("no workload " + name);
    }
    return target;
  }

  private static <T> T get(Future<T> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  /**
   * Starts to try every pair over and over in one family, until {@link Changes#stop}.
   *
   * <p>Each pair is tried every few milliseconds, so a change is seen with about that resolution.
   */
  Changes watchChanges(Matrix before, Family family) {
    AtomicBoolean stopped = new AtomicBoolean();
    Map<Matrix.Pair, Long> lastChangeNanos = new ConcurrentHashMap<>();
    List<Future<?>> loops = new ArrayList<>();
    List<Matrix.Pair> pairs = Matrix.pairs(before.names());
    long intervalMillis = Math.max(5, pairs.size() / 4);
    for (Matrix.Pair pair : pairs) {
      ScopedValue.CallableOp<Boolean, InterruptedException> loop =
          () -> {
            boolean state = before.allowed(pair);
            while (!stopped.get()) {
              long triedNanos = System.nanoTime();
              boolean now = connects(target(pair, family), WATCH_TIMEOUT_MILLIS);
              if (now != state) {
                state = now;
                lastChangeNanos.put(pair, triedNanos);
              }
              TimeUnit.MILLISECONDS.sleep(intervalMillis);
            }
            return state;
          };
      loops.add(threads.submit(() -> source(pair).netns.call(loop)));
    }
    return new Changes(stopped, lastChangeNanos, loops);
  }

  /** A running observation. */
  record Changes(
      AtomicBoolean stopped, Map<Matrix.Pair, Long> lastChangeNanos, List<Future<?>> loops) {

    /**
     * Ends the observation.
     *
     * @return per pair that changed, when ({@link System#nanoTime}) the first attempt started that
     *     had the lasting outcome
     */
    Map<Matrix.Pair, Long> stop() throws IOException {
      stopped.set(true);
      for (Future<?> loop : loops) {
        Prober.get(loop);
      }
      return Map.copyOf(lastChangeNanos);
    }

    /** How long no pair has changed, in nanoseconds, or since {@code sinceNanos} if none did. */
    long quietNanos(long sinceNanos) {
      long last =
          lastChangeNanos.values().stream().mapToLong(Long::longValue).max().orElse(sinceNanos);
      return System.nanoTime() - Math.max(last, sinceNanos);
    }
  }

  @Override
  public void close() throws IOException {
    threads.shutdownNow();
    for (ServerSocketChannel listener : listeners) {
      listener.close();
    }
  }
}
