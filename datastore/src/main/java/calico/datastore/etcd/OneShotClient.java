package calico.datastore.etcd;

import calico.datastore.etcd.GatewayClient.NotSpoken;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * etcd for a command that makes a few calls: through the JSON gateway, and through gRPC, whose
 * classes take half a second to start, only where the endpoint does not speak it, to watch, or to
 * read on in a listing that is longer than a page: the gateway takes twice the time for one.
 */
final class OneShotClient implements EtcdClient {
  private final EtcdConfig config;
  private final GatewayClient gateway;
  private volatile boolean gatewaySpoken = true;
  private @Nullable EtcdClient grpc;

  OneShotClient(EtcdConfig config) {
    this.config = config;
    this.gateway = new GatewayClient(config);
  }

  private interface Call<T> {
    T make() throws NotSpoken;
  }

  @Override
  public Page range(Range range, long revision, int limit) {
    boolean readsOn = revision != 0;
    return readsOn
        ? grpc().range(range, revision, limit)
        : either(
            () -> gateway.range(range, revision, limit),
            () -> grpc().range(range, revision, limit));
  }

  @Override
  public List<String> keys(Range range) {
    return grpc().keys(range);
  }

  @Override
  public TxnResult txn(Txn txn) {
    return either(() -> gateway.txn(txn), () -> grpc().txn(txn));
  }

  @Override
  public long grantLease(long ttlSeconds) {
    return either(() -> gateway.grantLease(ttlSeconds), () -> grpc().grantLease(ttlSeconds));
  }

  @Override
  public Runnable watch(Range range, long revision, Sink sink) {
    return grpc().watch(range, revision, sink);
  }

  private <T> T either(Call<T> first, Supplier<T> second) {
    if (gatewaySpoken) {
      try {
        return first.make();
      } catch (NotSpoken e) {
        gatewaySpoken = false;
        Logger log = LoggerFactory.getLogger(OneShotClient.class);
        log.debug("will use gRPC reason={}", e.getMessage());
      }
    }
    return second.get();
  }

  private synchronized EtcdClient grpc() {
    EtcdClient client = grpc;
    if (client == null) {
      client = new GrpcClient(config);
      grpc = client;
    }
    return client;
  }

  @Override
  public synchronized void close() {
    gateway.close();
    EtcdClient client = grpc;
    if (client != null) {
      client.close();
    }
  }
}
