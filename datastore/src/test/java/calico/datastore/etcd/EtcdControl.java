package calico.datastore.etcd;

import calico.model.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What tests do to etcd behind the datastore's back, through its JSON gateway. */
final class EtcdControl {
  private EtcdControl() {}

  /** Posts a format in which each {@code %s} is replaced by one of the texts in base64. */
  static Map<?, ?> post(EtcdConfig config, String method, String format, String... texts)
      throws IOException {
    Object[] encoded =
        Arrays.stream(texts)
            .map(t -> Base64.getEncoder().encodeToString(t.getBytes(StandardCharsets.UTF_8)))
            .toArray();
    HttpURLConnection http =
        (HttpURLConnection)
            URI.create(config.endpoints().getFirst() + "/v3/" + method).toURL().openConnection();
    http.setDoOutput(true);
    try (OutputStream out = http.getOutputStream()) {
      out.write(String.format(format, encoded).getBytes(StandardCharsets.UTF_8));
    }
    return object(Json.parse(http.getInputStream().readAllBytes()));
  }

  static void put(EtcdConfig config, String key, String value) throws IOException {
    post(config, "kv/put", "{\"key\":\"%s\",\"value\":\"%s\"}", key, value);
  }

  static long revision(EtcdConfig config) throws IOException {
    Map<?, ?> response = post(config, "kv/range", "{\"key\":\"%s\"}", "/");
    return Long.parseLong(String.valueOf(object(response.get("header")).get("revision")));
  }

  /** The stored text, or null. */
  static @Nullable String get(EtcdConfig config, String key) throws IOException {
    Object kvs = post(config, "kv/range", "{\"key\":\"%s\"}", key).get("kvs");
    if (!(kvs instanceof List<?> list)) {
      return null;
    }
    String base64 = String.valueOf(object(list.getFirst()).get("value"));
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  private static Map<?, ?> object(@Nullable Object tree) {
    return (Map<?, ?>) Objects.requireNonNull(tree);
  }
}
