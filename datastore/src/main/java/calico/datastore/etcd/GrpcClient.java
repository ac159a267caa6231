package calico.datastore.etcd;

import calico.datastore.DatastoreException;
import calico.datastore.tls.TlsFiles;
import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.AuthGrpc;
import io.etcd.jetcd.api.AuthenticateRequest;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.etcd.jetcd.api.WatchGrpc;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.util.AbstractList;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** etcd over gRPC: one connection per endpoint, kept open, shared by all calls and watches. */
final class GrpcClient implements EtcdClient {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

  /** Makes a member that has lost its leader end its watches instead of staying silent. */
  private static final Metadata.Key<String> HAS_LEADER =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  private static final String NO_TOKEN = "";

  /** These print to standard error, by java.util.logging, what each failed call tells anyway. */
  private static final List<Logger> TRANSPORT_LOGS =
      List.of(
          Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.TcpMetrics"),
          Logger.getLogger("io.grpc.internal.ManagedChannelImpl"));

  private final EtcdConfig config;
  private final ManagedChannel channel;
  private final GrpcWatches watches;

  /** Null if there is none yet, {@link #NO_TOKEN} if etcd does not want one. */
  private volatile @Nullable String token;

  GrpcClient(EtcdConfig config) {
    this.config = config;
    this.channel = channel(config);
    this.watches = new GrpcWatches(this::watchStub, this::failure);
  }

  private static ManagedChannel channel(EtcdConfig config) {
    TRANSPORT_LOGS.forEach(transport -> transport.setLevel(Level.SEVERE));
    NettyChannelBuilder builder =
        NettyChannelBuilder.forTarget("etcd:///", credentials(config))
            .defaultLoadBalancingPolicy("round_robin")
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .keepAliveTime(10, TimeUnit.SECONDS)
            .keepAliveTimeout(5, TimeUnit.SECONDS);
    // The undeprecated way to give several addresses is a registry shared by the whole process.
    @SuppressWarnings("deprecation")
    NettyChannelBuilder resolving =
        builder.nameResolverFactory(EndpointResolver.factory(config.endpoints()));
    return resolving.build();
  }

  private static ChannelCredentials credentials(EtcdConfig config) {
    if (!config.tls()) {
      return InsecureChannelCredentials.create();
    }
    TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
    KeyManager[] keys = TlsFiles.keyManagers(config.certFile(), config.keyFile());
    TrustManager[] trusted = TlsFiles.trustManagers(config.caFile());
    if (keys != null) {
      tls.keyManager(keys);
    }
    if (trusted != null) {
      tls.trustManager(trusted);
    }
    return tls.build();
  }

  @Override
  public Page range(Range range, long revision, int limit) {
    RangeResponse response = read(range, request(range).setRevision(revision).setLimit(limit));
    return new Page(
        new KeyValues(response.getKvsList()),
        response.getHeader().getRevision(),
        response.getMore());
  }

  @Override
  public List<String> keys(Range range) {
    RangeResponse response = read(range, request(range).setKeysOnly(true));
    return response.getKvsList().stream().map(kv -> kv.getKey().toStringUtf8()).toList();
  }

  private static RangeRequest.Builder request(Range range) {
    return RangeRequest.newBuilder()
        .setKey(bytes(range.from()))
        .setRangeEnd(range.to() == null ? ByteString.EMPTY : bytes(range.to()));
  }

  private RangeResponse read(Range range, RangeRequest.Builder request) {
    return call(
        "read " + range.from(),
        () -> ready(KVGrpc.newBlockingStub(channel)).range(request.build()));
  }

  @Override
  public TxnResult txn(Txn txn) {
    ByteString key = bytes(txn.key());
    TxnRequest.Builder request =
        TxnRequest.newBuilder()
            .addSuccess(write(key, txn))
            .addFailure(
                RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder().setKey(key)));
    Compare.Builder equal = Compare.newBuilder().setKey(key).setResult(Compare.CompareResult.EQUAL);
    switch (txn.condition()) {
      case Condition.Absent() ->
          request.addCompare(equal.setTarget(Compare.CompareTarget.VERSION).setVersion(0));
      case Condition.AtRevision(long revision) ->
          request.addCompare(equal.setTarget(Compare.CompareTarget.MOD).setModRevision(revision));
      case Condition.Any() -> {}
    }
    TxnResponse response =
        call(
            (txn.value() == null ? "delete " : "write ") + txn.key(),
            () -> ready(KVGrpc.newBlockingStub(channel)).txn(request.build()));
    var op = response.getResponses(0);
    List<io.etcd.jetcd.api.KeyValue> found =
        response.getSucceeded()
            ? op.getResponseDeleteRange().getPrevKvsList()
            : op.getResponseRange().getKvsList();
    return new TxnResult(
        response.getSucceeded(),
        response.getHeader().getRevision(),
        found.isEmpty() ? null : keyValue(found.getFirst()));
  }

  private static RequestOp write(ByteString key, Txn txn) {
    String value = txn.value();
    if (value == null) {
      return RequestOp.newBuilder()
          .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key).setPrevKv(true))
          .build();
    }
    return RequestOp.newBuilder()
        .setRequestPut(
            PutRequest.newBuilder().setKey(key).setValue(bytes(value)).setLease(txn.lease()))
        .build();
  }

  @Override
  public long grantLease(long ttlSeconds) {
    LeaseGrantRequest request = LeaseGrantRequest.newBuilder().setTTL(ttlSeconds).build();
    return call(
            "grant a lease of " + ttlSeconds + " s",
            () -> ready(LeaseGrpc.newBlockingStub(channel)).leaseGrant(request))
        .getID();
  }

  @Override
  public Runnable watch(Range range, long revision, Sink sink) {
    return call("watch " + range.from(), () -> watches.watch(range, revision, sink));
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  private WatchGrpc.WatchStub watchStub() {
    Metadata headers = new Metadata();
    headers.put(HAS_LEADER, "true");
    return WatchGrpc.newStub(channel)
        .withInterceptors(headers(), MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private <S extends AbstractStub<S>> S ready(S stub) {
    return stub.withInterceptors(headers()).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  private ClientInterceptor headers() {
    Metadata headers = new Metadata();
    String current = config.username() == null ? NO_TOKEN : token();
    if (!current.equals(NO_TOKEN)) {
      headers.put(TOKEN, current);
    }
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  /** Authenticates if need be; callers that come meanwhile wait for the answer. */
  private synchronized String token() {
    String known = token;
    if (known == null) {
      known = authenticate();
      token = known;
    }
    return known;
  }

  private String authenticate() {
    AuthenticateRequest request =
        AuthenticateRequest.newBuilder()
            .setName(config.username())
            .setPassword(config.password())
            .build();
    try {
      return AuthGrpc.newBlockingStub(channel)
          .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
          .authenticate(request)
          .getToken();
    } catch (StatusRuntimeException e) {
      if (EtcdErrors.isOpen(e.getStatus().getCode().value(), message(e.getStatus()))) {
        return NO_TOKEN;
      }
      throw failure("authenticate as " + config.username(), e);
    }
  }

  /** Unless it has been replaced already. */
  private synchronized void forget(@Nullable String refused) {
    if (Objects.equals(token, refused)) {
      token = null;
    }
  }

  /** Calls, a second time if the token was refused: it has expired, or etcd has restarted. */
  private <T> T call(String asked, Supplier<T> call) {
    String used = token;
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      Status status = e.getStatus();
      if (used == null || !EtcdErrors.tokenRefused(status.getCode().value(), message(status))) {
        throw failure(asked, e);
      }
      forget(used);
    }
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      throw failure(asked, e);
    }
  }

  /** Also makes the next call connect at once, and authenticate again if the token was refused. */
  private DatastoreException failure(String asked, Throwable thrown) {
    Status status = Status.fromThrowable(thrown);
    int code = status.getCode().value();
    String message = message(status);
    if (code == EtcdErrors.UNAVAILABLE) {
      channel.resetConnectBackoff();
    }
    if (EtcdErrors.tokenRefused(code, message)) {
      forget(token);
    }
    return EtcdErrors.of(config, asked, code, message, thrown);
  }

  private static String message(Status status) {
    String description = status.getDescription();
    return description == null ? status.getCode().toString() : description;
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  /** Makes text of each only when it is looked at, so that not all are there twice. */
  private static final class KeyValues extends AbstractList<KeyValue> implements RandomAccess {
    private final List<io.etcd.jetcd.api.KeyValue> raw;

    KeyValues(List<io.etcd.jetcd.api.KeyValue> raw) {
      this.raw = raw;
    }

    @Override
    public KeyValue get(int index) {
      return keyValue(raw.get(index));
    }

    @Override
    public int size() {
      return raw.size();
    }
  }

  static KeyValue keyValue(io.etcd.jetcd.api.KeyValue kv) {
    return new KeyValue(
        kv.getKey().toStringUtf8(), kv.getValue().toStringUtf8(), kv.getModRevision());
  }
}
