package calico.confd;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client of BIRD's control socket. Stateless: each call is a connection of its own, so calls may
 * come from any thread.
 *
 * <p>The protocol is lines of text. A reply is lines {@code NNNN-text}, of which later ones may
 * leave out an unchanged code and start with a space, and ends with a line {@code NNNN text}. Codes
 * below 8000 are answers, 8xxx mean that the command failed, 9xxx that it was not understood; after
 * connecting BIRD greets with 0001. A line that starts with {@code +} is a log message.
 */
public final class BirdControl implements BgpControl {
  private static final int SHUTTING_DOWN = 6;
  private static final int FAILED = 8000;
  private static final int ENTRY = 1002;
  private static final int DETAIL = 1006;

  /** Name, type, table, state, since (date and time, or one of them), the rest. */
  private static final Pattern PROTOCOL =
      Pattern.compile(
          "(\\S+)\\s+(\\S+)\\s+(\\S+)\\s+(\\S+)\\s+(\\S+(?:\\s+[0-9]{2}:[0-9:.]+)?)\\s*(.*)");

  private final Path socket;
  private final Duration timeout;

  /**
   * @param socket path of BIRD's control socket
   * @param timeout for the whole of a command's answer
   */
  public BirdControl(Path socket, Duration timeout) {
    this.socket = socket;
    this.timeout = timeout;
  }

  @Override
  public Path socket() {
    return socket;
  }

  /** One line of a reply. */
  record Line(int code, String text) {}

  /**
   * Loads the configuration file.
   *
   * @return BIRD's last words, e.g. "Reconfigured" or "Reconfiguration in progress"; both mean that
   *     the file has been accepted
   */
  public String configure() throws BgpDaemonException {
    Line last = ask("configure").getLast();
    if (last.code() == SHUTTING_DOWN) {
      throw new BgpDaemonException.Unavailable("BIRD loads no configuration: " + last.text(), null);
    }
    return last.text();
  }

  @Override
  public DaemonStatus status() throws BgpDaemonException {
    List<Line> reply = ask("show status");
    String version = "BIRD";
    Map<String, String> fields = new LinkedHashMap<>();
    for (Line line : reply) {
      if (line.text().startsWith("BIRD ")) {
        version = line.text();
      }
      // "Router ID is 10.0.0.1", "Last reconfiguration on 2026-01-01 00:00:00"
      for (String word : List.of(" is ", " on ")) {
        int at = line.text().indexOf(word);
        if (at > 0) {
          fields.putIfAbsent(line.text().substring(0, at), line.text().substring(at + 4));
        }
      }
    }
    return new DaemonStatus(
        version,
        fields.getOrDefault("Router ID", ""),
        fields.getOrDefault("Last reboot", ""),
        fields.getOrDefault("Last reconfiguration", ""),
        reply.stream().anyMatch(line -> line.text().startsWith("Graceful restart")));
  }

  @Override
  public List<BgpSession> sessions() throws BgpDaemonException {
    return protocols().stream().flatMap(protocol -> protocol.session().stream()).toList();
  }

  @Override
  public List<BgpRoute> routes() throws BgpDaemonException {
    return BirdRoutes.parse(protocols(), ask("show route").stream().map(Line::text).toList());
  }

  /** All protocols with their details. */
  public List<BirdProtocol> protocols() throws BgpDaemonException {
    return parseProtocols(ask("show protocols all"));
  }

  /** Ends the daemon, after which it closes its sessions. Its routes stay in the kernel. */
  public void down() throws BgpDaemonException {
    ask("down");
  }

  static List<BirdProtocol> parseProtocols(List<Line> reply) {
    List<BirdProtocol> found = new ArrayList<>();
    for (Line line : reply) {
      Matcher m = PROTOCOL.matcher(line.text());
      if (line.code() == ENTRY && m.matches()) {
        found.add(
            new BirdProtocol(
                m.group(1), m.group(2), m.group(4), m.group(5), m.group(6).strip(), Map.of()));
      } else if (line.code() == DETAIL && !found.isEmpty()) {
        found.add(withDetail(found.removeLast(), line.text().strip()));
      }
    }
    return found;
  }

  private static BirdProtocol withDetail(BirdProtocol protocol, String text) {
    int colon = text.indexOf(':');
    if (colon <= 0) {
      return protocol;
    }
    Map<String, String> details = new LinkedHashMap<>(protocol.details());
    details.putIfAbsent(text.substring(0, colon), text.substring(colon + 1).strip());
    return new BirdProtocol(
        protocol.name(),
        protocol.type(),
        protocol.state(),
        protocol.since(),
        protocol.info(),
        details);
  }

  private List<Line> ask(String command) throws BgpDaemonException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      Replies replies = new Replies(channel, selector, System.nanoTime() + timeout.toNanos());
      replies.next(); // the greeting
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
      List<Line> reply = replies.next();
      Line last = reply.getLast();
      if (last.code() >= FAILED) {
        throw new BgpDaemonException.Refused(
            "BIRD refused '" + command + "': " + last.text() + " (" + last.code() + ")");
      }
      return reply;
    } catch (IOException e) {
      throw new BgpDaemonException.Unavailable(
          "no answer from BIRD to '"
              + command
              + "' on "
              + socket
              + ": "
              + e.getMessage()
              + "; is it running?",
          e);
    }
  }

  /** Reads whole replies off a connection, until a deadline. */
  private record Replies(
      SocketChannel channel, Selector selector, ByteBuffer buffer, long deadlineNanos) {
    Replies(SocketChannel channel, Selector selector, long deadlineNanos) {
      this(channel, selector, ByteBuffer.allocate(8192).flip(), deadlineNanos);
    }

    List<Line> next() throws IOException {
      List<Line> lines = new ArrayList<>();
      while (true) {
        String text = readLine();
        if (text.startsWith("+")) {
          continue;
        }
        if (text.startsWith(" ")) {
          int code = lines.isEmpty() ? 0 : lines.getLast().code();
          lines.add(new Line(code, text.substring(1)));
          continue;
        }
        if (!text.matches("[0-9]{4}[ -].*")) {
          throw new IOException("'" + text + "' is not a line of BIRD's control protocol");
        }
        lines.add(new Line(Integer.parseInt(text.substring(0, 4)), text.substring(5)));
        if (text.charAt(4) == ' ') {
          return lines;
        }
      }
    }

    private String readLine() throws IOException {
      StringBuilder line = new StringBuilder();
      while (true) {
        while (buffer.hasRemaining()) {
          char c = (char) (buffer.get() & 0xff);
          if (c == '\n') {
            return line.toString();
          }
          line.append(c);
        }
        fill();
      }
    }

    private void fill() throws IOException {
      long millis = (deadlineNanos - System.nanoTime()) / 1_000_000;
      if (millis <= 0 || selector.select(millis) == 0) {
        throw new IOException("timed out");
      }
      selector.selectedKeys().clear();
      buffer.clear();
      int n = channel.read(buffer);
      buffer.flip();
      if (n < 0) {
        throw new IOException("BIRD closed the connection");
      }
    }
  }
}
