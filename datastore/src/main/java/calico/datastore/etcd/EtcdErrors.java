package calico.datastore.etcd;

import calico.datastore.DatastoreException;
import org.jspecify.annotations.Nullable;

/** What etcd answers instead of a result, by gRPC status code; its JSON gateway uses the same. */
final class EtcdErrors {
  // google.rpc.Code
  static final int CANCELLED = 1;
  static final int UNKNOWN = 2;
  static final int INVALID_ARGUMENT = 3;
  static final int DEADLINE_EXCEEDED = 4;
  static final int PERMISSION_DENIED = 7;
  static final int RESOURCE_EXHAUSTED = 8;
  static final int OUT_OF_RANGE = 11;
  static final int INTERNAL = 13;
  static final int UNAVAILABLE = 14;
  static final int UNAUTHENTICATED = 16;

  private static final String ADVICE_LOGIN =
      "; check ETCD_USERNAME, ETCD_PASSWORD and that user's roles";

  private EtcdErrors() {}

  /**
   * @param code of google.rpc.Code
   * @param message etcd's or the transport's
   * @param asked what was asked, such as {@code get /calico/...}
   */
  static DatastoreException of(
      EtcdConfig config, String asked, int code, String message, @Nullable Throwable cause) {
    String said = config + ": " + asked + ": " + message;
    return switch (code) {
      case OUT_OF_RANGE -> new DatastoreException.Compacted(said + "; list again");
      // The last two are what gRPC makes of some ways in which a connection breaks.
      case UNAVAILABLE, CANCELLED, UNKNOWN, INTERNAL ->
          unavailable(
              config,
              asked,
              message,
              "check that etcd runs and that ETCD_ENDPOINTS is right",
              cause);
      case DEADLINE_EXCEEDED ->
          unavailable(
              config,
              asked,
              "no answer within " + EtcdClient.DEADLINE_SECONDS + " s: " + message,
              "check that etcd has a leader and a fast disk",
              cause);
      case RESOURCE_EXHAUSTED ->
          unavailable(
              config,
              asked,
              message,
              "if its space is exhausted, compact and defragment it, then disarm the alarm",
              cause);
      case UNAUTHENTICATED, PERMISSION_DENIED -> new DatastoreException(said + ADVICE_LOGIN, cause);
      default ->
          code == INVALID_ARGUMENT && message.contains("user")
              ? new DatastoreException(said + ADVICE_LOGIN, cause)
              : new DatastoreException(said + " (gRPC code " + code + ")", cause);
    };
  }

  /** Whether another attempt with a new token may help. */
  static boolean tokenRefused(int code, String message) {
    return code == UNAUTHENTICATED || message.contains("invalid auth token");
  }

  static DatastoreException.Unavailable unavailable(
      EtcdConfig config, String asked, String message, String advice, @Nullable Throwable cause) {
    return new DatastoreException.Unavailable(
        config + ": " + asked + ": " + message + "; " + advice, cause);
  }
}
