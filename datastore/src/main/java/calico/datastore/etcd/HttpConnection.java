package calico.datastore.etcd;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A connection that requests of HTTP/1.1 (RFC 9112) go over, one after the other; without redirects
 * and proxies. The JDK's clients do more before the first request: one looks through every jar of
 * the class path for a provider of the protocol, the other starts threads. Each request is sent
 * once.
 */
final class HttpConnection implements AutoCloseable {
  private static final long MAX_IDLE_NANOS = 1_000_000_000;

  /** For each further part of an answer that has begun. */
  private static final int STALL_MILLIS = 10_000;

  private final Socket socket;
  private final InputStream in;
  private final EtcdConfig.Endpoint endpoint;

  /** Whether the last answer left the connection open and ends before what follows it. */
  private boolean open = true;

  private long idleSinceNanos = System.nanoTime();

  private HttpConnection(Socket socket, EtcdConfig.Endpoint endpoint) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    this.endpoint = endpoint;
  }

  /**
   * Connects.
   *
   * @param tls makes the sockets of https endpoints, whose certificates must be the host's
   * @param handshakeTimeoutMillis for each message of TLS
   */
  static HttpConnection open(
      EtcdConfig.Endpoint endpoint,
      @Nullable SSLSocketFactory tls,
      int connectTimeoutMillis,
      int handshakeTimeoutMillis)
      throws IOException {
    Socket socket = new Socket(Proxy.NO_PROXY);
    try {
      socket.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), connectTimeoutMillis);
      socket.setTcpNoDelay(true);
      if (tls != null) {
        socket.setSoTimeout(handshakeTimeoutMillis);
        socket = tls.createSocket(socket, endpoint.host(), endpoint.port(), true);
        handshake((SSLSocket) socket);
      }
      return new HttpConnection(socket, endpoint);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void handshake(SSLSocket socket) throws IOException {
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
    } catch (SocketTimeoutException e) {
      throw new IOException("connected, but no answer to the TLS handshake", e);
    }
  }

  record Answer(int status, String body) {}

  /**
   * Sends a request and waits for its answer.
   *
   * @param authorization value of the header of that name, or null
   * @param timeoutMillis until the answer begins
   */
  Answer post(String path, @Nullable String authorization, byte[] json, int timeoutMillis)
      throws IOException {
    open = false;
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: "
            + endpoint.authority()
            + "\r\nContent-Type: application/json\r\n"
            + (authorization == null ? "" : "Authorization: " + authorization + "\r\n")
            + "Content-Length: "
            + json.length
            + "\r\n\r\n";
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
    request.writeBytes(json);
    socket.setSoTimeout(timeoutMillis);
    socket.getOutputStream().write(request.toByteArray());
    return answer();
  }

  /** Whether another request can go over this connection, which the server has hardly closed. */
  boolean reusable() {
    return open && System.nanoTime() - idleSinceNanos < MAX_IDLE_NANOS;
  }

  private Answer answer() throws IOException {
    String start = line();
    socket.setSoTimeout(STALL_MILLIS);
    if (!start.startsWith("HTTP/1.") || start.length() < 12) {
      throw new IOException("the answer is not HTTP/1.1: '" + start + "'");
    }
    int status = number(start.substring(9, 12), 10);
    long length = -1;
    boolean chunked = false;
    boolean last = start.startsWith("HTTP/1.0");
    for (String header = line(); !header.isEmpty(); header = line()) {
      int colon = header.indexOf(':');
      String value = header.substring(colon + 1).strip().toLowerCase(Locale.ROOT);
      switch (header.substring(0, Math.max(0, colon)).toLowerCase(Locale.ROOT)) {
        case "content-length" -> length = number(value, 10);
        case "transfer-encoding" -> chunked = value.equals("chunked");
        case "connection" -> last = value.equals("close");
        default -> {}
      }
    }
    byte[] body = chunked ? chunks() : length >= 0 ? bytes((int) length) : in.readAllBytes();
    open = !last && (chunked || length >= 0);
    idleSinceNanos = System.nanoTime();
    return new Answer(status, new String(body, StandardCharsets.UTF_8));
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      body.writeBytes(bytes(size));
      line();
    }
    while (!line().isEmpty()) {
      // Trailers say nothing that is needed.
    }
    return body.toByteArray();
  }

  private int chunkSize() throws IOException {
    String line = line();
    int extension = line.indexOf(';');
    return number((extension < 0 ? line : line.substring(0, extension)).strip(), 16);
  }

  private static int number(String digits, int radix) throws IOException {
    try {
      return Integer.parseUnsignedInt(digits, radix);
    } catch (NumberFormatException e) {
      throw new IOException("the answer is not HTTP/1.1: '" + digits + "' is not a number", e);
    }
  }

  private byte[] bytes(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("the connection was closed in the middle of an answer");
    }
    return bytes;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection was closed in the middle of an answer");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /** Where to. */
  @Override
  public String toString() {
    return endpoint.toString();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException _) {
      // Nothing is lost: no request is under way.
    }
  }
}
