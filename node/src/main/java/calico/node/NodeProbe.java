package calico.node;

import calico.confd.BgpControl;
import calico.confd.BgpDaemonException;
import calico.confd.BgpDaemons;
import calico.confd.BgpSession;
import calico.confd.ProblemsFile;
import calico.model.Family;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Asks a node daemon that runs on this machine how it is, for probes that execute a command.
 * Upstream's questions, answers and rules.
 */
final class NodeProbe {
  private final NodePaths paths;
  private final Map<String, String> environment;
  private final Clock clock;
  private final Duration threshold;

  /** What can be asked. */
  enum Question {
    FELIX_LIVE("felix-live", "Ask whether Felix is live (its /liveness)."),
    FELIX_READY("felix-ready", "Ask whether Felix is ready (its /readiness)."),
    BIRD_LIVE("bird-live", "Ask whether the BGP daemon answers."),
    BIRD_READY("bird-ready", "Ask whether the BGP daemon has its sessions over IPv4."),
    BIRD6_LIVE("bird6-live", "The same as --bird-live: one daemon has both families."),
    BIRD6_READY("bird6-ready", "Ask whether the BGP daemon has its sessions over IPv6.");

    final String flag;
    final String help;

    Question(String flag, String help) {
      this.flag = flag;
      this.help = help;
    }
  }

  /**
   * @param environment has FELIX_HEALTHHOST and FELIX_HEALTHPORT, if they are not the default
   * @param threshold for how long after the daemon's start all BGP sessions are required; later one
   *     is enough, so that a few broken nodes do not make all others unready; also the limit for
   *     each answer
   */
  NodeProbe(NodePaths paths, Map<String, String> environment, Clock clock, Duration threshold) {
    this.paths = paths;
    this.environment = environment;
    this.clock = clock;
    this.threshold = threshold;
  }

  /** What is wrong, each as a sentence; empty if nothing is. */
  List<String> ask(Iterable<Question> questions) {
    List<String> wrong = new ArrayList<>();
    for (Question question : questions) {
      String answer =
          switch (question) {
            case FELIX_LIVE -> prefixed("Felix is not live: ", felix("liveness"));
            case FELIX_READY -> prefixed("Felix is not ready: ", felix("readiness"));
            case BIRD_LIVE, BIRD6_LIVE -> prefixed("BIRD is not live: ", birdLive());
            case BIRD_READY -> prefixed("BIRD is not ready: ", birdReady(Family.IPV4));
            case BIRD6_READY -> prefixed("BIRD6 is not ready: ", birdReady(Family.IPV6));
          };
      if (!answer.isEmpty()) {
        wrong.add("calico/node is not ready: " + answer);
      }
    }
    return wrong;
  }

  private static String prefixed(String what, String why) {
    return why.isEmpty() ? "" : what + why;
  }

  private String felix(String page) {
    String host = environment.getOrDefault("FELIX_HEALTHHOST", "localhost");
    String port = environment.getOrDefault("FELIX_HEALTHPORT", "9099");
    String place = (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    try {
      URI uri = URI.create("http://" + place + "/" + page);
      HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
      connection.setConnectTimeout(Math.toIntExact(threshold.toMillis()));
      connection.setReadTimeout(Math.toIntExact(threshold.toMillis()));
      int status = connection.getResponseCode();
      return status >= 200 && status < 400
          ? ""
          : page + " probe reporting " + status + said(connection);
    } catch (IOException | IllegalArgumentException e) {
      return "no answer from "
          + place
          + ": "
          + e.getMessage()
          + "; is the node daemon running, with healthEnabled?";
    }
  }

  /** A table of what is live and ready, and why the rest is not. */
  private static String said(HttpURLConnection connection) throws IOException {
    try (InputStream body = connection.getErrorStream()) {
      return body == null
          ? ""
          : "\n" + new String(body.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }

  private BgpControl bgp() {
    return BgpDaemons.running(paths.run(), threshold);
  }

  private String birdLive() {
    try {
      bgp().status();
      return "";
    } catch (BgpDaemonException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Upstream's sentence, and then a line for each. */
  private static String notEstablished(List<BgpSession> peers) {
    return "BGP not established with "
        + peers.stream().map(BgpSession::peer).collect(Collectors.joining(","))
        + "\n"
        + String.join("\n", PeersDown.texts(peers));
  }

  private String birdReady(Family family) {
    try {
      Instant started = Files.getLastModifiedTime(paths.nodenameFile()).toInstant();
      boolean young = clock.instant().isBefore(started.plus(threshold));
      List<BgpSession> peers =
          bgp().sessions().stream().filter(peer -> peer.family() == family).toList();
      List<BgpSession> waiting = peers.stream().filter(peer -> !peer.isEstablished()).toList();
      List<String> wrong = new ArrayList<>();
      ProblemsFile problems = new ProblemsFile(paths.confdProblems());
      problems.errors().forEach(error -> wrong.add("confd: " + error));
      if (!peers.isEmpty() && (young ? !waiting.isEmpty() : waiting.size() == peers.size())) {
        wrong.add(notEstablished(waiting));
        wrong.addAll(problems.faults());
      }
      if (young && !peers.isEmpty() && bgp().status().recovering()) {
        wrong.add("graceful restart in progress");
      }
      return String.join("\n", wrong);
    } catch (BgpDaemonException e) {
      return String.valueOf(e.getMessage());
    } catch (IOException e) {
      return "cannot look at the node's files: " + e;
    }
  }
}
