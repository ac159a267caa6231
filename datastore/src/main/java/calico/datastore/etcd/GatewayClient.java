package calico.datastore.etcd;

import calico.datastore.tls.TlsFiles;
import calico.model.json.Json;
import calico.model.json.JsonException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * etcd over its JSON gateway (POST /v3/...: keys and values in base64, 64-bit numbers as strings),
 * which starts ten times faster than gRPC. It cannot watch. Thread-safe.
 */
final class GatewayClient {
  private static final int CONNECT_TIMEOUT_MILLIS = 3000;

  /** From the beginning of a call to the beginning of its answer: somebody waits for it. */
  private static final int DEADLINE_SECONDS = 5;

  private static final String NO_TOKEN = "";
  private static final Set<String> LEVELS_OF_DEBUGGING = Set.of("debug", "trace");

  private final EtcdConfig config;
  private final @Nullable SSLSocketFactory sockets;

  /** Null if there is none yet, {@link #NO_TOKEN} if etcd does not want one. */
  private volatile @Nullable String token;

  /** Connections without a request, for the next ones. */
  private final ConcurrentLinkedDeque<HttpConnection> idle = new ConcurrentLinkedDeque<>();

  /** Asked here, because slf4j opens every jar to find what logs. */
  private final boolean debugging =
      LEVELS_OF_DEBUGGING.contains(
          System.getProperty("org.slf4j.simpleLogger.defaultLogLevel", ""));

  GatewayClient(EtcdConfig config) {
    this.config = config;
    this.sockets = config.tls() ? context(config).getSocketFactory() : null;
  }

  private static SSLContext context(EtcdConfig config) {
    return TlsFiles.context(
        TlsFiles.keyManagers(config.certFile(), config.keyFile()),
        TlsFiles.trustManagers(config.caFile()));
  }

  /** The endpoint has no JSON gateway: a grpc-proxy, or etcd before 3.4. */
  static final class NotSpoken extends Exception {
    private static final long serialVersionUID = 1;

    NotSpoken(String message) {
      super(message);
    }
  }

  EtcdClient.Page range(EtcdClient.Range range, long revision, int limit) throws NotSpoken {
    Map<String, @Nullable Object> request = new LinkedHashMap<>();
    request.put("key", base64(range.from()));
    if (range.to() != null) {
      request.put("range_end", base64(range.to()));
    }
    request.put("revision", Long.toString(revision));
    request.put("limit", Integer.toString(limit));
    Map<?, ?> response = call("read " + range.from(), "kv/range", request);
    return new EtcdClient.Page(
        keyValues(response.get("kvs")),
        revision(response),
        Boolean.TRUE.equals(response.get("more")));
  }

  EtcdClient.TxnResult txn(EtcdClient.Txn txn) throws NotSpoken {
    String key = base64(txn.key());
    String value = txn.value();
    Map<String, Object> write =
        value == null
            ? Map.of("request_delete_range", Map.of("key", key, "prev_kv", true))
            : Map.of(
                "request_put",
                Map.of("key", key, "value", base64(value), "lease", Long.toString(txn.lease())));
    Map<String, @Nullable Object> request = new LinkedHashMap<>();
    request.put("compare", compare(key, txn.condition()));
    request.put("success", List.of(write));
    request.put("failure", List.of(Map.of("request_range", Map.of("key", key))));
    Map<?, ?> response =
        call((value == null ? "delete " : "write ") + txn.key(), "kv/txn", request);
    boolean done = Boolean.TRUE.equals(response.get("succeeded"));
    Map<?, ?> op = object(list(response.get("responses")).getFirst());
    List<EtcdClient.KeyValue> found =
        done
            ? keyValues(object(op.get("response_delete_range")).get("prev_kvs"))
            : keyValues(object(op.get("response_range")).get("kvs"));
    return new EtcdClient.TxnResult(
        done, revision(response), found.isEmpty() ? null : found.getFirst());
  }

  private static List<Object> compare(String key, EtcdClient.Condition condition) {
    return switch (condition) {
      case EtcdClient.Condition.Absent() ->
          List.of(Map.of("key", key, "target", "VERSION", "result", "EQUAL", "version", "0"));
      case EtcdClient.Condition.AtRevision(long at) ->
          List.of(Map.of("key", key, "target", "MOD", "result", "EQUAL", "mod_revision", "" + at));
      case EtcdClient.Condition.Any() -> List.of();
    };
  }

  long grantLease(long ttlSeconds) throws NotSpoken {
    String asked = "grant a lease of " + ttlSeconds + " s";
    return number(call(asked, "lease/grant", Map.of("TTL", Long.toString(ttlSeconds))).get("ID"));
  }

  /** A call, authenticated if need be; a second time if the token had expired. */
  Map<?, ?> call(String asked, String method, Map<String, ?> request) throws NotSpoken {
    long start = System.nanoTime();
    long deadline = start + DEADLINE_SECONDS * 1_000_000_000L;
    String used = token;
    boolean fresh = used == null;
    if (config.username() != null && used == null) {
      authenticate(null, deadline);
    }
    Answer answer = post(asked, method, request, deadline);
    if (!fresh && answer.code != 0 && EtcdErrors.tokenRefused(answer.code, answer.message)) {
      authenticate(used, deadline);
      answer = post(asked, method, request, deadline);
    }
    if (debugging) {
      LoggerFactory.getLogger(GatewayClient.class)
          .debug("etcd {} micros={}", asked, (System.nanoTime() - start) / 1000);
    }
    return answer.orThrow(config, asked);
  }

  /**
   * Gets a token.
   *
   * @param refused the one that is no longer good; if another caller has replaced it, that will do
   */
  private synchronized void authenticate(@Nullable String refused, long deadline) throws NotSpoken {
    if (!Objects.equals(token, refused)) {
      return;
    }
    String asked = "authenticate as " + config.username();
    token = null;
    Map<String, @Nullable Object> request = new LinkedHashMap<>();
    request.put("name", config.username());
    request.put("password", config.password());
    Answer answer = post(asked, "auth/authenticate", request, deadline);
    if (EtcdErrors.isOpen(answer.code, answer.message)) {
      token = NO_TOKEN;
      return;
    }
    token = String.valueOf(answer.orThrow(config, asked).get("token"));
  }

  /**
   * What etcd said.
   *
   * @param code of google.rpc.Code, 0 for success
   */
  private record Answer(int code, String message, Map<?, ?> body) {
    Map<?, ?> orThrow(EtcdConfig config, String asked) {
      if (code != 0) {
        throw EtcdErrors.of(config, asked, code, message, null);
      }
      return body;
    }
  }

  private Answer post(String asked, String method, Map<String, ?> request, long deadline)
      throws NotSpoken {
    byte[] body = Json.print(request).getBytes(StandardCharsets.UTF_8);
    HttpConnection connection = connect(asked, deadline);
    String current = token;
    // From here on etcd may have carried it out: asking another member could do it twice.
    try {
      HttpConnection.Answer answer =
          connection.post(
              "/v3/" + method, NO_TOKEN.equals(current) ? null : current, body, left(deadline));
      idle.push(connection);
      return answer(connection, answer);
    } catch (SocketTimeoutException e) {
      connection.close();
      throw EtcdErrors.noAnswer(config, asked, DEADLINE_SECONDS, connection.toString(), e);
    } catch (IOException e) {
      connection.close();
      throw EtcdErrors.of(
          config, asked, EtcdErrors.UNAVAILABLE, connection + ": " + e.getMessage(), e);
    }
  }

  /** The connection of a request before, or one to the first endpoint that takes it. */
  private HttpConnection connect(String asked, long deadline) {
    for (HttpConnection former = idle.poll(); former != null; former = idle.poll()) {
      if (former.reusable()) {
        return former;
      }
      former.close();
    }
    List<String> failures = new ArrayList<>();
    for (EtcdConfig.Endpoint endpoint : config.endpoints()) {
      int leftMillis = left(deadline);
      try {
        return HttpConnection.open(
            endpoint, sockets, Math.min(leftMillis, CONNECT_TIMEOUT_MILLIS), leftMillis);
      } catch (IOException e) {
        failures.add(
            endpoint
                + ": "
                + (e instanceof UnknownHostException ? "host cannot be resolved" : e.getMessage()));
      }
    }
    throw EtcdErrors.of(config, asked, EtcdErrors.UNAVAILABLE, String.join(", ", failures), null);
  }

  /** Milliseconds until then; at least 1, because 0 is for ever to a socket. */
  private static int left(long deadline) {
    return (int) Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
  }

  private static Answer answer(HttpConnection connection, HttpConnection.Answer answer)
      throws NotSpoken {
    Object tree;
    try {
      tree = answer.body().isEmpty() ? null : Json.parse(answer.body());
    } catch (JsonException e) {
      tree = null;
    }
    if (!(tree instanceof Map<?, ?> body)) {
      throw new NotSpoken(
          connection + " answers HTTP status " + answer.status() + " to etcd's JSON API");
    }
    if (answer.status() < 400) {
      return new Answer(0, "", body);
    }
    Object message = body.get("message") == null ? body.get("error") : body.get("message");
    return new Answer((int) number(body.get("code")), String.valueOf(message), body);
  }

  /** Closes the connections that wait for another request. */
  void close() {
    for (HttpConnection former = idle.poll(); former != null; former = idle.poll()) {
      former.close();
    }
  }

  private static List<EtcdClient.KeyValue> keyValues(@Nullable Object tree) {
    List<EtcdClient.KeyValue> out = new ArrayList<>();
    for (Object each : list(tree)) {
      Map<?, ?> kv = object(each);
      out.add(
          new EtcdClient.KeyValue(
              text(kv.get("key")), text(kv.get("value")), number(kv.get("mod_revision"))));
    }
    return out;
  }

  private static long revision(Map<?, ?> response) {
    return number(object(response.get("header")).get("revision"));
  }

  /** A number, which is text if it has 64 bits; 0 if it was left out. */
  static long number(@Nullable Object tree) {
    return tree == null ? 0 : Long.parseLong(tree.toString());
  }

  private static Map<?, ?> object(@Nullable Object tree) {
    return tree instanceof Map<?, ?> map ? map : Map.of();
  }

  private static List<?> list(@Nullable Object tree) {
    return tree instanceof List<?> list ? list : List.of();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(@Nullable Object base64) {
    return base64 == null
        ? ""
        : new String(Base64.getDecoder().decode(base64.toString()), StandardCharsets.UTF_8);
  }
}
