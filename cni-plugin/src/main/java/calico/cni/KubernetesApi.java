package calico.cni;

import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.json.YamlException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reads single objects from the API server that a kubeconfig or the network configuration names,
 * with a bearer token, which is what the CNI plugin's kubeconfig holds, or a client certificate.
 * The files are read for each call, as tokens and certificates are replaced while they are in use.
 */
final class KubernetesApi {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final String server;
  private final String token;
  private final @Nullable SSLSocketFactory tls;

  private KubernetesApi(String server, String token, @Nullable SSLSocketFactory tls) {
    this.server = server;
    this.token = token;
    this.tls = tls;
  }

  /**
   * What the configuration names, if it names one.
   *
   * @throws CniException naming the file or field that is wrong
   */
  static Optional<KubernetesApi> of(NetConf.Kubernetes conf) {
    if (conf.kubeconfig().isEmpty() && conf.server().isEmpty()) {
      return Optional.empty();
    }
    try {
      Fields file = kubeconfig(conf.kubeconfig());
      Fields context = named(file, "contexts", "context", file.text("current-context", ""));
      Fields cluster = named(file, "clusters", "cluster", context.text("cluster", ""));
      Fields user = named(file, "users", "user", context.text("user", ""));
      String server = conf.server().isEmpty() ? cluster.text("server", "") : conf.server();
      if (!server.startsWith("https://") && !server.startsWith("http://")) {
        throw CniException.badConfig(
            "kubernetes.kubeconfig", conf.kubeconfig(), "names no server in its current context");
      }
      String token = conf.token().isEmpty() ? user.text("token", "") : conf.token();
      String tokenFile = user.text("tokenFile", "");
      if (token.isEmpty() && !tokenFile.isEmpty()) {
        token = Files.readString(Path.of(conf.kubeconfig()).resolveSibling(tokenFile)).strip();
      }
      byte[] authorities = pem(conf.caFile(), conf, cluster, "certificate-authority");
      return Optional.of(
          new KubernetesApi(
              server.replaceFirst("/+$", ""), token, tls(server, conf, authorities, user)));
    } catch (IOException | GeneralSecurityException | YamlException | IllegalArgumentException e) {
      throw CniException.generic(
          "cannot use the kubeconfig " + conf.kubeconfig() + ": " + e.getClass().getSimpleName(),
          e);
    }
  }

  private static Fields kubeconfig(String path) throws IOException {
    if (path.isEmpty()) {
      return new Fields("", Map.of());
    }
    for (YamlDocument document : Yaml.parse(Files.readString(Path.of(path)))) {
      if (document.tree() instanceof Map<?, ?> tree) {
        return new Fields(path + " ", tree);
      }
    }
    throw CniException.badConfig("kubernetes.kubeconfig", path, "is not a kubeconfig");
  }

  private static Fields named(Fields file, String list, String member, String name) {
    return file.objects(list).stream()
        .filter(item -> item.text("name", "").equals(name))
        .findFirst()
        .map(item -> item.object(member))
        .orElseGet(() -> new Fields(list + " ", Map.of()));
  }

  private static @Nullable SSLSocketFactory tls(
      String server, NetConf.Kubernetes conf, byte[] authorities, Fields user)
      throws IOException, GeneralSecurityException {
    return server.startsWith("http://")
        ? null
        : KubernetesTls.of(
            authorities,
            pem(conf.clientCertificate(), conf, user, "client-certificate"),
            pem(conf.clientKey(), conf, user, "client-key"));
  }

  /**
   * What a file has that the network configuration names, or else the kubeconfig, in which it may
   * also stand itself; nothing if neither does.
   */
  private static byte[] pem(String configured, NetConf.Kubernetes conf, Fields from, String field)
      throws IOException {
    if (!configured.isEmpty()) {
      return Files.readAllBytes(Path.of(configured));
    }
    String data = from.text(field + "-data", "");
    String path = from.text(field, "");
    if (!data.isEmpty()) {
      return Base64.getMimeDecoder().decode(data);
    }
    return path.isEmpty()
        ? new byte[0]
        : Files.readAllBytes(Path.of(conf.kubeconfig()).resolveSibling(path));
  }

  /**
   * Reads one object.
   *
   * @param path such as {@code /api/v1/namespaces/default}
   * @throws CniException with the answer, if it is not the object
   */
  Fields get(String path) {
    String url = server + path;
    try {
      HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
      if (connection instanceof HttpsURLConnection secured && tls != null) {
        secured.setSSLSocketFactory(tls);
      }
      connection.setConnectTimeout(TIMEOUT_MILLIS);
      connection.setReadTimeout(TIMEOUT_MILLIS);
      connection.setRequestProperty("Accept", "application/json");
      if (!token.isEmpty()) {
        connection.setRequestProperty("Authorization", "Bearer " + token);
      }
      int status = connection.getResponseCode();
      if (status != HttpURLConnection.HTTP_OK) {
        throw new CniException(
            CniException.GENERIC,
            "the Kubernetes API server does not give what is asked for",
            "GET " + url + ": " + status + " " + connection.getResponseMessage());
      }
      try (InputStream body = connection.getInputStream()) {
        return Fields.parse(
            new String(body.readAllBytes(), StandardCharsets.UTF_8), "the answer of " + url);
      }
    } catch (SSLException e) {
      throw new CniException(
          CniException.TRY_AGAIN,
          "no secure connection to the Kubernetes API server",
          url
              + ": "
              + e.getMessage()
              + "; does certificate-authority of the kubeconfig name the server's, and does the"
              + " server trust the client's certificate?",
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw new CniException(
          CniException.TRY_AGAIN, "the Kubernetes API server does not answer", url + ": " + e, e);
    }
  }
}
