package calico.datastore.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every form in which an answer of HTTP/1.1 may come, and what is not one. */
class HttpConnectionTest {
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final String REQUEST =
      "POST /v3/x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
          + "Authorization: token\r\nContent-Length: 2\r\n\r\n{}";

  private interface Check {
    void on(HttpConnection connection) throws IOException;
  }

  /** Connects to a server that takes one request, answers, and closes the connection. */
  private static void served(String answer, Check check) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      server.setSoTimeout(TIMEOUT_MILLIS);
      int port = server.getLocalPort();
      byte[] expected = REQUEST.formatted(port).getBytes(StandardCharsets.ISO_8859_1);
      StringBuilder asked = new StringBuilder();
      Thread thread =
          Thread.startVirtualThread(
              () -> {
                try (Socket socket = server.accept()) {
                  InputStream in = socket.getInputStream();
                  byte[] request = in.readNBytes(expected.length);
                  asked.append(new String(request, StandardCharsets.ISO_8859_1));
                  socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                  asked.append(e);
                }
              });
      EtcdConfig.Endpoint endpoint = new EtcdConfig.Endpoint(false, "127.0.0.1", port);
      try (HttpConnection connection =
          HttpConnection.open(endpoint, null, TIMEOUT_MILLIS, TIMEOUT_MILLIS)) {
        check.on(connection);
      }
      assertTrue(thread.join(java.time.Duration.ofMillis(TIMEOUT_MILLIS)));
      assertEquals(REQUEST.formatted(port), asked.toString());
    }
  }

  private static HttpConnection.Answer post(HttpConnection connection) throws IOException {
    return connection.post("/v3/x", "token", "{}".getBytes(StandardCharsets.UTF_8), TIMEOUT_MILLIS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          200 OK;Content-Length: 6;;{"é"}                                    | 200 | true
          404 Not Found;content-length:6;;{"é"}                              | 404 | true
          200 OK;Content-Length: 6;Connection: close;;{"é"}                  | 200 | false
          200 OK;Transfer-Encoding: chunked;;2;{";4,x=y;é"};0;;              | 200 | true
          200 OK;Transfer-Encoding: chunked;;6;{"é"};0;Trailer: x;;          | 200 | true
          500 Internal Server Error;;{"é"}                                   | 500 | false
          """)
  void readsAnswers(String answer, int status, boolean reusable) throws Exception {
    String text = "HTTP/1.1 " + answer.replace(";", "\r\n").replace("4,x=y", "4;x=y");
    served(
        text,
        connection -> {
          assertEquals(new HttpConnection.Answer(status, "{\"é\"}"), post(connection));
          assertEquals(reusable, connection.reusable());
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK;Content-Length: 9;;short",
        "HTTP/1.1 200 OK;Content-Length: many;;x",
        "HTTP/1.1 OK;;",
        "HTTP/1.1 200 OK;Transfer-Encoding: chunked;;9;short",
        "HTTP/1.1 200 OK;Transfer-Encoding: chunked;;x;x;0;;",
        "SSH-2.0-OpenSSH_9.2;",
      })
  void failsOnWhatIsNoAnswer(String answer) throws Exception {
    served(
        answer.replace(";", "\r\n"),
        connection -> assertThrows(IOException.class, () -> post(connection)));
  }

  @Test
  void saysWhereTo() throws Exception {
    served(
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        connection -> {
          assertEquals(new HttpConnection.Answer(200, ""), post(connection));
          assertTrue(connection.toString().startsWith("http://127.0.0.1:"));
        });
  }
}
