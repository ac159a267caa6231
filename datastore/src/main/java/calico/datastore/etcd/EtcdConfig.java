package calico.datastore.etcd;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How to reach etcd.
 *
 * @param endpoints such as {@code http://127.0.0.1:2379}, all of one scheme; tried in turn
 * @param caFile PEM certificates that sign the servers' ones, or null for the JDK's
 * @param certFile PEM certificate chain of this client, or null; together with {@code keyFile}
 * @param username of etcd's own authentication, or null; together with {@code password}
 */
public record EtcdConfig(
    List<Endpoint> endpoints,
    @Nullable Path caFile,
    @Nullable Path certFile,
    @Nullable Path keyFile,
    @Nullable String username,
    @Nullable String password) {

  /** Where one member or proxy listens. */
  public record Endpoint(boolean tls, String host, int port) {

    /**
     * Parses {@code http://HOST:PORT} or {@code https://HOST:PORT}; the port may be absent (2379).
     */
    public static Endpoint parse(String text) {
      int colon = text.indexOf("://");
      String scheme = colon < 0 ? "" : text.substring(0, colon);
      String rest = colon < 0 ? text : text.substring(colon + 3);
      rest = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
      int bracket = rest.lastIndexOf(']');
      int portColon = rest.lastIndexOf(':');
      String host = portColon > bracket ? rest.substring(0, portColon) : rest;
      host =
          host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
      int port = portColon > bracket ? number(rest.substring(portColon + 1)) : 2379;
      if (!(scheme.equals("http") || scheme.equals("https"))
          || host.isEmpty()
          || host.contains("/")
          || port < 1
          || port > 65535) {
        throw new IllegalArgumentException(
            "etcd endpoint '" + text + "' is not http://HOST:PORT or https://HOST:PORT");
      }
      return new Endpoint(scheme.equals("https"), host, port);
    }

    private static int number(String digits) {
      try {
        return Integer.parseInt(digits);
      } catch (NumberFormatException e) {
        return -1;
      }
    }

    /** {@code HOST:PORT}, an IPv6 address in brackets. */
    public String authority() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public String toString() {
      return (tls ? "https://" : "http://") + authority();
    }
  }

  public EtcdConfig {
    endpoints = List.copyOf(endpoints);
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("etcd: no endpoints; set ETCD_ENDPOINTS");
    }
    if (endpoints.stream().map(Endpoint::tls).distinct().count() > 1) {
      throw new IllegalArgumentException(
          "etcd endpoints " + endpoints + " mix http and https; use one of them");
    }
    together("ETCD_CERT_FILE", certFile, "ETCD_KEY_FILE", keyFile);
    together("ETCD_USERNAME", username, "ETCD_PASSWORD", password);
  }

  /** Plain HTTP, no authentication. */
  public static EtcdConfig of(String... endpoints) {
    return new EtcdConfig(
        Arrays.stream(endpoints).map(Endpoint::parse).toList(), null, null, null, null, null);
  }

  /**
   * From ETCD_ENDPOINTS (comma-separated), ETCD_CA_CERT_FILE, ETCD_CERT_FILE, ETCD_KEY_FILE,
   * ETCD_USERNAME, ETCD_PASSWORD.
   *
   * @return empty if no endpoints are set
   * @throws IllegalArgumentException naming the variable that is wrong
   */
  public static Optional<EtcdConfig> fromEnvironment(Map<String, String> env) {
    List<Endpoint> endpoints =
        Arrays.stream(env.getOrDefault("ETCD_ENDPOINTS", "").split(","))
            .map(String::strip)
            .filter(s -> !s.isEmpty())
            .map(Endpoint::parse)
            .toList();
    if (endpoints.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new EtcdConfig(
            endpoints,
            file(env, "ETCD_CA_CERT_FILE"),
            file(env, "ETCD_CERT_FILE"),
            file(env, "ETCD_KEY_FILE"),
            text(env, "ETCD_USERNAME"),
            text(env, "ETCD_PASSWORD")));
  }

  public boolean tls() {
    return endpoints.getFirst().tls();
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "etcd " + endpoints;
  }

  private static @Nullable String text(Map<String, String> env, String name) {
    String value = env.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  private static @Nullable Path file(Map<String, String> env, String name) {
    String value = text(env, name);
    return value == null ? null : Path.of(value);
  }

  private static void together(
      String a, @Nullable Object aValue, String b, @Nullable Object bValue) {
    if ((aValue == null) != (bValue == null)) {
      throw new IllegalArgumentException(
          "etcd: "
              + (aValue == null ? b : a)
              + " is set but "
              + (aValue == null ? a : b)
              + " is not; set both or neither");
    }
  }
}
