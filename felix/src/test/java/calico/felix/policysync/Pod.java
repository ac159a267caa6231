package calico.felix.policysync;

import calico.policysync.DataplaneStats;
import calico.policysync.PolicySyncGrpc;
import calico.policysync.ReportResult;
import calico.policysync.SyncRequest;
import calico.policysync.ToDataplane;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A pod with a mounted directory, and clients inside that speak gRPC over its socket. */
final class Pod implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  final Path credentials;
  final Path socket;
  private final NioEventLoopGroup network = new NioEventLoopGroup(1);
  private @Nullable ManagedChannel channel;

  /** What the driver makes of a pod. */
  Pod(Path prefix, String uid, String name) throws IOException {
    socket = Files.createDirectories(prefix.resolve("mount").resolve(uid)).resolve("socket");
    credentials = Files.createDirectories(prefix.resolve("creds")).resolve(uid + ".json");
    Files.writeString(
        credentials,
        "{\"Uid\":\"%s\",\"Workload\":\"%s\",\"Namespace\":\"ns\",\"ServiceAccount\":\"sa\"}"
            .formatted(uid, name));
  }

  /** A call of Sync: what has come of it. */
  static final class Sync implements ClientResponseObserver<SyncRequest, ToDataplane> {
    private final ClientView view = new ClientView();
    private final boolean reading;
    private @Nullable ClientCallStreamObserver<SyncRequest> call;
    private @Nullable Throwable failure;
    private boolean completed;

    private Sync(boolean reading) {
      this.reading = reading;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<SyncRequest> call) {
      this.call = call;
      call.disableAutoRequestWithInitial(reading ? 1 : 0);
    }

    @Override
    public synchronized void onNext(ToDataplane message) {
      try {
        view.accept(message);
      } catch (AssertionError e) {
        failure = e;
      }
      read();
    }

    /** Takes one more message. */
    void read() {
      if (call != null) {
        call.request(1);
      }
    }

    @Override
    public synchronized void onError(Throwable e) {
      failure = failure == null ? e : failure;
      completed = true;
    }

    @Override
    public synchronized void onCompleted() {
      completed = true;
    }

    void cancel() {
      if (call != null) {
        call.cancel("has seen enough", null);
      }
    }

    synchronized boolean completed() {
      return completed;
    }

    /** Waits until the client knows something. */
    void await(Predicate<ClientView> condition) {
      eventually(
          () -> {
            synchronized (this) {
              if (failure != null) {
                throw new AssertionError(failure);
              }
              return condition.test(view);
            }
          });
    }
  }

  private ManagedChannel channel() {
    eventually(() -> Files.exists(socket));
    if (channel == null) {
      channel =
          NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
              .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
              .eventLoopGroup(network)
              .withOption(ChannelOption.SO_KEEPALIVE, null) // sockets of files have none
              .usePlaintext()
              .build();
    }
    return channel;
  }

  /** A client that takes what comes. */
  Sync sync() {
    return sync(true);
  }

  /** A client that takes nothing until it is told to. */
  Sync stall() {
    return sync(false);
  }

  private Sync sync(boolean reading) {
    Sync sync = new Sync(reading);
    PolicySyncGrpc.newStub(channel())
        .withWaitForReady()
        .sync(SyncRequest.getDefaultInstance(), sync);
    return sync;
  }

  ReportResult report() {
    return PolicySyncGrpc.newBlockingStub(channel())
        .withWaitForReady()
        .report(DataplaneStats.newBuilder().setSrcIp("192.0.2.1").build());
  }

  static void eventually(BooleanSupplier condition) {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + DEADLINE);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() {
    if (channel != null) {
      channel.shutdownNow();
    }
    var _ = network.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
