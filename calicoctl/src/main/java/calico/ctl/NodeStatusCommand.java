package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.confd.BgpControl;
import calico.confd.BgpDaemonException;
import calico.confd.BgpDaemons;
import calico.confd.BgpSession;
import calico.confd.BirdControl;
import calico.confd.ProblemsFile;
import calico.model.Family;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class NodeStatusCommand implements Verb {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** Relative to CALICO_ROOT, below which a node has its files. */
  private static final List<String> SOCKETS = List.of("run/calico/bird.ctl", "run/bird/bird.ctl");

  /** Beside the socket of a node daemon's BIRD: what confd has to say. */
  private static final String PROBLEMS = "confd.problems";

  private final Session session;

  @Nullable Path socket;

  NodeStatusCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command status) {
    status
        .description(
            "Print the BGP sessions of this node, as its BGP daemon, BIRD or FRR, sees them, and what"
                + " of the cluster's BGP resources has no effect here. Needs root.",
            "The exit status is 1 if the daemon does not answer.")
        .option(
            "--bird-socket=FILE",
            "BIRD's control socket. Default: /run/calico/bird.ctl, then /run/bird/bird.ctl",
            v -> socket = Path.of(v))
        .examples(
            "calicoctl node status", "calicoctl node status --bird-socket=/run/calico/bird.ctl");
  }

  @Override
  public Integer call() {
    Path path = socket == null ? findSocket() : socket;
    BgpControl daemon =
        socket == null
            ? BgpDaemons.running(directory(path), TIMEOUT)
            : new BirdControl(path, TIMEOUT);
    try {
      String version = daemon.status().version();
      List<BgpSession> sessions = daemon.sessions();
      session.out().println("Calico process is running: " + version + ", " + daemon.socket());
      for (Family family : Family.values()) {
        print(family, sessions);
      }
      printProblems(path.resolveSibling(PROBLEMS));
      return 0;
    } catch (BgpDaemonException e) {
      throw new CommandException(
          "the BGP daemon does not answer on %s: %s; is the node daemon ('calico node') running, and are you root?"
              .formatted(daemon.socket(), e.getMessage()));
    }
  }

  private static Path directory(Path socket) {
    return socket.resolveSibling(".").normalize();
  }

  private Path findSocket() {
    Path root = Path.of(session.env().getOrDefault("CALICO_ROOT", "/"));
    List<Path> candidates = SOCKETS.stream().map(root::resolve).toList();
    return candidates.stream().filter(Files::exists).findFirst().orElse(candidates.getFirst());
  }

  private void print(Family family, List<BgpSession> sessions) {
    String name = family == Family.IPV4 ? "IPv4" : "IPv6";
    session.out().println("\n" + name + " BGP status");
    List<List<String>> rows =
        sessions.stream().filter(s -> s.family() == family).map(NodeStatusCommand::row).toList();
    session
        .out()
        .print(
            rows.isEmpty()
                ? "No " + name + " peers found.\n"
                : new TextTable(
                        List.of("Peer address", "Peer type", "State", "Since", "Info"), rows)
                    .boxed(5));
  }

  /** State is that of upstream's BIRD; what is behind it is in the last column. */
  static List<String> row(BgpSession session) {
    String state =
        session.isEstablished() ? "up" : session.state().equals("Down") ? "down" : "start";
    return List.of(
        session.peer(),
        session.origin().words(),
        state,
        session.since(),
        (session.state() + " " + session.reason()).strip());
  }

  private void printProblems(Path file) {
    try {
      List<String> problems = new ProblemsFile(file).read();
      if (!problems.isEmpty()) {
        session.out().println("\nNot in effect:");
        problems.forEach(problem -> session.out().println("  " + problem));
      }
    } catch (IOException e) {
      throw new CommandException("cannot read %s: %s".formatted(file, e));
    }
  }
}
