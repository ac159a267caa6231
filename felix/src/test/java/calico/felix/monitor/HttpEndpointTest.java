package calico.felix.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.monitor.HttpEndpoint.Answer;
import calico.felix.monitor.HttpEndpoint.Place;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class HttpEndpointTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private final Map<String, Supplier<Answer>> pages =
      Map.of(
          "/good", () -> HttpEndpoint.text(200, "fine"),
          "/bad", () -> HttpEndpoint.text(503, "ill"),
          "/broken",
              () -> {
                throw new IllegalStateException("oh");
              });

  private HttpEndpoint endpoint(int port) {
    return new HttpEndpoint(new Place("pages", "Host and Port", "localhost", port), null, pages);
  }

  /** Waits until the endpoint is there. */
  private HttpResponse<String> get(int port, String method, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(Duration.ofSeconds(10))
            .build();
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (true) {
      try {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
      } catch (ConnectException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(5_000_000);
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void answers() throws Exception {
    int port = freePort();
    try (HttpEndpoint endpoint = endpoint(port)) {
      endpoint.start();
      HttpResponse<String> good = get(port, "GET", "/good");
      assertEquals(200, good.statusCode());
      assertEquals("fine", good.body());
      assertEquals(503, get(port, "GET", "/bad").statusCode());
      assertEquals("ill", get(port, "GET", "/bad").body());
      assertEquals(500, get(port, "GET", "/broken").statusCode());
      assertEquals(404, get(port, "GET", "/good/more").statusCode());
      assertEquals(405, get(port, "POST", "/good").statusCode());
      HttpResponse<String> head = get(port, "HEAD", "/good");
      assertEquals(200, head.statusCode());
      assertEquals("", head.body());
    }
  }

  @Test
  void aPortInUseIsTriedAgain() throws Exception {
    try (ServerSocket occupant = new ServerSocket(0, 1, InetAddress.getByName("localhost"));
        HttpEndpoint endpoint = endpoint(occupant.getLocalPort())) {
      endpoint.start();
      // Accepted by the occupant, so that it is known to have it.
      try (var connection = new java.net.Socket("localhost", occupant.getLocalPort())) {
        assertTrue(connection.isConnected());
      }
      occupant.close();
      assertEquals(200, get(occupant.getLocalPort(), "GET", "/good").statusCode());
    }
  }

  @Test
  void thePortIsFreeAfterTheEnd() throws Exception {
    int port = freePort();
    for (int i = 0; i < 3; i++) {
      try (HttpEndpoint endpoint = endpoint(port)) {
        endpoint.start();
        assertEquals(200, get(port, "GET", "/good").statusCode());
      }
    }
  }
}
