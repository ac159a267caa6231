package calico.datastore.etcd;

import calico.datastore.DatastoreException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What etcd answers instead of a result, by gRPC status code; its JSON gateway uses the same. A
 * message says where, what was asked, what came back, down to the first cause, and what to do.
 */
final class EtcdErrors {
  // google.rpc.Code
  static final int CANCELLED = 1;
  static final int UNKNOWN = 2;
  static final int DEADLINE_EXCEEDED = 4;
  static final int RESOURCE_EXHAUSTED = 8;
  static final int FAILED_PRECONDITION = 9;
  static final int OUT_OF_RANGE = 11;
  static final int INTERNAL = 13;
  static final int UNAVAILABLE = 14;
  static final int UNAUTHENTICATED = 16;

  private record Advice(Pattern said, String toDo) {
    Advice(String said, String toDo) {
      this(Pattern.compile(said), toDo);
    }
  }

  private static final Pattern TOO_LARGE = Pattern.compile("request is too large|larger than max");

  private static final String HANDSHAKE_ENDS =
      "the endpoint ends the TLS handshake: if it does not speak TLS, use http:// in"
          + " ETCD_ENDPOINTS; if it asks for a client certificate, set ETCD_CERT_FILE and"
          + " ETCD_KEY_FILE";

  private static final Pattern RESET = Pattern.compile("(?i)connection reset|broken pipe");

  /** The first that fits what was said counts. The wordings are etcd's, grpc-java's, the JDK's. */
  private static final List<Advice> ADVICE =
      List.of(
          new Advice(
              TOO_LARGE.pattern(),
              "the object is larger than etcd accepts; split it, or raise etcd's"
                  + " --max-request-bytes"),
          new Advice(
              "database space exceeded",
              "etcd's space is exhausted: compact and defragment it, or raise its"
                  + " --quota-backend-bytes, then disarm the alarm NOSPACE"),
          new Advice("too many requests", "etcd is overloaded: see its disk and processor"),
          new Advice(
              "no leader|leader changed|request timed out|not capable",
              "check that more than half of etcd's members run and reach each other"),
          new Advice(
              "permission denied",
              "check that ETCD_USERNAME has a role that may read and write /calico/, and"
                  + " ETCD_PASSWORD"),
          new Advice(
              "authentication|user name is empty|invalid auth token|auth store is old",
              "check ETCD_USERNAME, ETCD_PASSWORD and that user's roles"),
          new Advice(
              "(?i)(received fatal alert|alert).*(certificate|unknown.ca|handshake)",
              "etcd refuses this client's certificate: check ETCD_CERT_FILE and ETCD_KEY_FILE"),
          new Advice(
              "(?i)PKIX|certification path|certificate verify failed|No subject alternative|No name"
                  + " matching|CertificateExpired|NotAfter",
              "the server's certificate is not trusted: check ETCD_CA_CERT_FILE, and that the"
                  + " certificate is valid and names the host that ETCD_ENDPOINTS has"),
          new Advice(
              "(?i)not an SSL/TLS record|unrecognized SSL message|WRONG_VERSION_NUMBER",
              "the endpoint does not speak TLS: use http:// in ETCD_ENDPOINTS, or the right port"),
          new Advice("terminated the handshake|while performing TLS negotiation", HANDSHAKE_ENDS),
          new Advice(
              "cannot be resolved|UnknownHost",
              "correct the host in ETCD_ENDPOINTS, or this machine's name resolution"),
          new Advice(
              "(?i)HTTP status|SETTINGS|http2 exception|HTTP/2",
              "something else than etcd answers there: check ETCD_ENDPOINTS"));

  private static final String IS_IT_THERE =
      "check that etcd runs there and that ETCD_ENDPOINTS is right, http or https included; if"
          + " etcd asks for a client certificate, set ETCD_CERT_FILE and ETCD_KEY_FILE";

  private EtcdErrors() {}

  /** Who was asked did not answer in time. */
  static DatastoreException noAnswer(
      EtcdConfig config, String asked, int seconds, String message, @Nullable Throwable cause) {
    return new DatastoreException.Unavailable(
        "%s: %s: no answer within %d s: %s; check that etcd has a leader, a fast disk and a way to answer"
            .formatted(config, asked, seconds, message),
        cause);
  }

  /**
   * @param code of google.rpc.Code
   * @param message etcd's or the transport's
   * @param asked what was asked, such as {@code get /calico/...}
   */
  static DatastoreException of(
      EtcdConfig config, String asked, int code, String message, @Nullable Throwable cause) {
    if (code == DEADLINE_EXCEEDED) {
      return noAnswer(config, asked, EtcdClient.DEADLINE_SECONDS, message, cause);
    }
    String reason = withRoot(message, cause);
    String said = config + ": " + asked + ": " + reason;
    if (TOO_LARGE.matcher(reason).find()) {
      // Partly with a code that else means that etcd is busy; but it will not get better.
      return new DatastoreException(said + "; " + advice(reason, ""), cause);
    }
    return switch (code) {
      case OUT_OF_RANGE -> new DatastoreException.Compacted(said + "; list again");
      // UNKNOWN and INTERNAL are what gRPC makes of some ways in which a connection breaks.
      case UNAVAILABLE, CANCELLED, UNKNOWN, INTERNAL, RESOURCE_EXHAUSTED ->
          new DatastoreException.Unavailable(
              said
                  + "; "
                  + advice(
                      reason,
                      config.tls() && RESET.matcher(reason).find() ? HANDSHAKE_ENDS : IS_IT_THERE),
              cause);
      default ->
          new DatastoreException(
              said + "; " + advice(reason, "etcd refused this (gRPC code " + code + ")"), cause);
    };
  }

  private static String advice(String reason, String otherwise) {
    return ADVICE.stream()
        .filter(advice -> advice.said.matcher(reason).find())
        .map(Advice::toDo)
        .findFirst()
        .orElse(otherwise);
  }

  /** The message and that of the cause of all causes, which is the one that tells most. */
  private static String withRoot(String description, @Nullable Throwable thrown) {
    // In further lines grpc-java lists its handlers.
    String message = description.lines().findFirst().orElse("");
    Throwable root = thrown;
    while (root != null && root.getCause() != null) {
      root = root.getCause();
    }
    String deepest = root == null ? null : root.getMessage();
    return deepest == null || deepest.contains(message) || message.contains(deepest)
        ? message
        : message + ": " + deepest;
  }

  /** Whether another attempt with a new token may help. */
  static boolean tokenRefused(int code, String message) {
    return code == UNAUTHENTICATED
        || message.contains("invalid auth token")
        || message.contains("revision of auth store is old")
        || message.contains("user name is empty");
  }

  /** Whether a user and a password were given to an etcd that asks for none; it serves anyone. */
  static boolean isOpen(int code, String message) {
    return code == FAILED_PRECONDITION && message.contains("authentication is not enabled");
  }
}
