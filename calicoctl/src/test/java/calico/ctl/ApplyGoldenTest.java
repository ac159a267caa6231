package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.etcd.ManagedEtcd;
import calico.model.json.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What apply stores in a real etcd is, key by key, what upstream stores there. */
class ApplyGoldenTest {
  @TempDir Path directory;

  @Test
  void storesWhatUpstreamStores() throws Exception {
    try (ManagedEtcd etcd =
        ManagedEtcd.start(ManagedEtcd.Settings.DEFAULT.withDataDir(directory).withClientPort(0))) {
      List<String> resources = Golden.resources();
      String input = "[" + String.join(",\n", resources) + "]";
      String success = "Successfully applied " + resources.size() + " resource(s)\n";

      assertEquals(success, run(etcd, input, "apply", "-f", "-"));
      Map<String, String> first = stored(etcd);
      assertSame(Golden.stored(), comparable(first));

      assertEquals(success, run(etcd, input, "apply", "-f", "-"));
      assertEquals(first, stored(etcd), "a second apply changes nothing, uids and times included");

      assertTrue(run(etcd, "", "get", "nodes", "-o", "wide").contains("(64512)"));
      assertEquals(
          "Successfully deleted 1 'IPPool' resource(s)\n",
          run(etcd, "", "delete", "ippool", "pool-v4"));
    }
  }

  private static void assertSame(Map<String, String> expected, Map<String, String> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((key, value) -> assertEquals(value, actual.get(key), key));
  }

  private static String run(ManagedEtcd etcd, String stdin, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        CalicoctlCommand.run(
            args,
            Map.of("ETCD_ENDPOINTS", endpoint(etcd)),
            new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    assertEquals(
        "", Golden.withoutWarnings(err.toString(StandardCharsets.UTF_8)), Arrays.toString(args));
    assertEquals(0, status);
    return out.toString(StandardCharsets.UTF_8);
  }

  /** Everything in etcd, read through its JSON gateway and not through our own client. */
  private static Map<String, String> stored(ManagedEtcd etcd) throws Exception {
    String range = "{\"key\": \"AA==\", \"range_end\": \"AA==\"}";
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(URI.create(endpoint(etcd) + "/v3/kv/range"))
                  .POST(HttpRequest.BodyPublishers.ofString(range))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      Map<?, ?> answer = Golden.object(Json.parse(response.body()));
      Map<String, String> out = new TreeMap<>();
      for (Object item : answer.get("kvs") instanceof List<?> kvs ? kvs : List.of()) {
        Map<?, ?> kv = Golden.object(item);
        out.put(decoded(kv.get("key")), decoded(kv.get("value")));
      }
      return out;
    }
  }

  private static Map<String, String> comparable(Map<String, String> stored) {
    Map<String, String> out = new TreeMap<>();
    stored.forEach((key, value) -> out.put(key, Golden.comparable(value)));
    return out;
  }

  private static String endpoint(ManagedEtcd etcd) {
    return etcd.config().endpoints().getFirst().toString();
  }

  private static String decoded(@Nullable Object base64) {
    return new String(Base64.getDecoder().decode(String.valueOf(base64)), StandardCharsets.UTF_8);
  }
}
