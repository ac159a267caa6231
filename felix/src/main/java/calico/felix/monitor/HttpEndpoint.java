package calico.felix.monitor;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Texts served over HTTP or HTTPS, each under a path of its own. It is opened in the background, in
 * the network namespace of the thread that starts it, and again and again until that succeeds.
 */
final class HttpEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoint.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Place place;
  private final @Nullable ServerTls tls;
  private final Map<String, Supplier<Answer>> pages;
  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable HttpServer server;

  /**
   * Where something is served.
   *
   * @param what in the words of the log
   * @param parameters the parameters that say where
   * @param host a name or an address; empty for all addresses
   */
  record Place(String what, String parameters, String host, int port) {

    InetSocketAddress address() {
      return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    }
  }

  /** What is answered. */
  record Answer(int status, String contentType, String body) {}

  /**
   * Serves nothing yet.
   *
   * @param tls null for HTTP in the clear
   */
  HttpEndpoint(Place place, @Nullable ServerTls tls, Map<String, Supplier<Answer>> pages) {
    this.place = place;
    this.tls = tls;
    this.pages = pages;
  }

  void start() {
    // A platform thread has the namespace of the one that starts it.
    var _ = Thread.ofPlatform().daemon().name(place.what()).start(this::open);
  }

  private void open() {
    try {
      String told = "";
      do {
        try {
          serve();
          return;
        } catch (IOException | RuntimeException e) {
          String why = String.valueOf(e.getMessage());
          if (!why.equals(told)) {
            LOG.error(
                "{} cannot be served on {}:{}: {}; trying again every {} s. {}",
                place.what(),
                place.host(),
                place.port(),
                why,
                RETRY.toSeconds(),
                e instanceof IOException
                    ? "Free the port, or set " + place.parameters() + " to others"
                    : "Correct that");
            told = why;
          }
        }
      } while (!closed.await(RETRY.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void serve() throws IOException {
    if (closed.getCount() == 0) {
      return;
    }
    HttpServer opened = tls == null ? HttpServer.create(place.address(), 0) : https(tls);
    opened.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    opened.createContext("/", this::handle);
    opened.start();
    server = opened;
    LOG.info("{} served: address={}", place.what(), opened.getAddress());
  }

  private HttpsServer https(ServerTls shown) throws IOException {
    SSLContext context = LatestContext.of(shown.context());
    HttpsServer made = HttpsServer.create(place.address(), 0);
    made.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters connection) {
            SSLParameters parameters = new SSLParameters();
            switch (shown.clients()) {
              case NOTHING -> {}
              case A_CERTIFICATE_IF_THEY_HAVE_ONE -> parameters.setWantClientAuth(true);
              case A_CERTIFICATE -> parameters.setNeedClientAuth(true);
            }
            connection.setSSLParameters(parameters);
          }
        });
    return made;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer = answer(exchange.getRequestMethod(), exchange.getRequestURI().getPath());
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", answer.contentType());
      boolean bodiless = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(answer.status(), bodiless ? -1 : body.length);
      if (!bodiless) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  private Answer answer(String method, String path) {
    Supplier<Answer> page = pages.get(path);
    if (page == null) {
      return text(404, path + " is not here; there is " + String.join(", ", pages.keySet()) + "\n");
    }
    if (!method.equals("GET") && !method.equals("HEAD")) {
      return text(405, "method " + method + " is not allowed; use GET\n");
    }
    try {
      return page.get();
    } catch (RuntimeException e) {
      LOG.error("{}: cannot answer {}", place.what(), path, e);
      return text(500, e + "\n");
    }
  }

  /** Plain text. */
  static Answer text(int status, String body) {
    return new Answer(status, "text/plain; charset=utf-8", body);
  }

  @Override
  public synchronized void close() {
    closed.countDown();
    if (server != null) {
      server.stop(0);
    }
  }
}
