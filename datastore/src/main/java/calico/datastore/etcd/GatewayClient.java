package calico.datastore.etcd;

import calico.model.json.Json;
import calico.model.json.JsonException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * etcd over its JSON gateway (POST /v3/...: keys and values in base64, 64-bit numbers as strings),
 * with the JDK's oldest HTTP client, which starts ten times faster than gRPC. It cannot watch.
 * Thread-safe.
 */
final class GatewayClient {
  private static final int CONNECT_TIMEOUT_MILLIS = 3000;

  private static final String NO_TOKEN = "";

  private static final Logger log = LoggerFactory.getLogger(GatewayClient.class);

  static {
    // Otherwise the JDK keeps 5 connections to a host, and callers in parallel open new ones.
    if (System.getProperty("http.maxConnections") == null) {
      System.setProperty("http.maxConnections", "16");
    }
  }

  private final EtcdConfig config;
  private final @Nullable SSLSocketFactory sockets;

  /** Null if there is none yet, {@link #NO_TOKEN} if etcd does not want one. */
  private volatile @Nullable String token;

  GatewayClient(EtcdConfig config) {
    this.config = config;
    this.sockets = config.tls() ? TlsFiles.context(config).getSocketFactory() : null;
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
    String used = token;
    boolean fresh = used == null;
    if (config.username() != null && used == null) {
      authenticate(null);
    }
    Answer answer = failover(asked, method, request);
    if (!fresh && answer.code != 0 && EtcdErrors.tokenRefused(answer.code, answer.message)) {
      authenticate(used);
      answer = failover(asked, method, request);
    }
    if (log.isDebugEnabled()) {
      log.debug("etcd {} micros={}", asked, (System.nanoTime() - start) / 1000);
    }
    return answer.orThrow(config, asked);
  }

  /**
   * Gets a token.
   *
   * @param refused the one that is no longer good; if another caller has replaced it, that will do
   */
  private synchronized void authenticate(@Nullable String refused) throws NotSpoken {
    if (!Objects.equals(token, refused)) {
      return;
    }
    String asked = "authenticate as " + config.username();
    token = null;
    Map<String, @Nullable Object> request = new LinkedHashMap<>();
    request.put("name", config.username());
    request.put("password", config.password());
    Answer answer = failover(asked, "auth/authenticate", request);
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

  /** Asks the endpoints in turn until one can be connected to. */
  private Answer failover(String asked, String method, Map<String, ?> request) throws NotSpoken {
    byte[] body = Json.print(request).getBytes(StandardCharsets.UTF_8);
    List<String> failures = new ArrayList<>();
    for (EtcdConfig.Endpoint endpoint : config.endpoints()) {
      HttpURLConnection connection;
      try {
        connection = connect(endpoint, method, body.length);
      } catch (IOException e) {
        failures.add(
            endpoint
                + ": "
                + (e instanceof UnknownHostException ? "host cannot be resolved" : e.getMessage()));
        continue;
      }
      // From here on etcd may have carried it out: asking another member could do it twice.
      try {
        try (OutputStream out = connection.getOutputStream()) {
          out.write(body);
        }
        return answer(endpoint, connection);
      } catch (SocketTimeoutException e) {
        throw EtcdErrors.of(config, asked, EtcdErrors.DEADLINE_EXCEEDED, endpoint.toString(), e);
      } catch (IOException e) {
        throw EtcdErrors.of(
            config, asked, EtcdErrors.UNAVAILABLE, endpoint + ": " + e.getMessage(), e);
      }
    }
    throw EtcdErrors.of(config, asked, EtcdErrors.UNAVAILABLE, String.join(", ", failures), null);
  }

  private HttpURLConnection connect(EtcdConfig.Endpoint endpoint, String method, int length)
      throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create(endpoint + "/v3/" + method).toURL().openConnection(Proxy.NO_PROXY);
    if (sockets != null && connection instanceof HttpsURLConnection https) {
      https.setSSLSocketFactory(sockets);
    }
    connection.setConnectTimeout(CONNECT_TIMEOUT_MILLIS);
    connection.setReadTimeout(EtcdClient.DEADLINE_SECONDS * 1000);
    connection.setDoOutput(true);
    // A fixed length also keeps the JDK from sending the request again by itself.
    connection.setFixedLengthStreamingMode(length);
    connection.setRequestProperty("Content-Type", "application/json");
    String current = token;
    if (current != null && !current.equals(NO_TOKEN)) {
      connection.setRequestProperty("Authorization", current);
    }
    connection.connect();
    return connection;
  }

  private static Answer answer(EtcdConfig.Endpoint endpoint, HttpURLConnection connection)
      throws IOException, NotSpoken {
    int status;
    try {
      status = connection.getResponseCode();
    } catch (HttpRetryException e) {
      return new Answer(EtcdErrors.UNAUTHENTICATED, "authentication refused", Map.of());
    }
    InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream();
    byte[] bytes = in == null ? new byte[0] : in.readAllBytes();
    Object tree;
    try {
      tree = bytes.length == 0 ? null : Json.parse(bytes);
    } catch (JsonException e) {
      tree = null;
    }
    if (!(tree instanceof Map<?, ?> body)) {
      throw new NotSpoken(endpoint + " answers HTTP status " + status + " to etcd's JSON API");
    }
    if (status < 400) {
      return new Answer(0, "", body);
    }
    Object message = body.get("message") == null ? body.get("error") : body.get("message");
    return new Answer((int) number(body.get("code")), String.valueOf(message), body);
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
