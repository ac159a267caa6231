package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.confd.BirdControl;
import calico.confd.BirdException;
import calico.confd.BirdProtocol;
import calico.model.Family;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

final class NodeStatusCommand implements Verb {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** Relative to CALICO_ROOT, below which a node has its files. */
  private static final List<String> SOCKETS = List.of("run/calico/bird.ctl", "run/bird/bird.ctl");

  private static final Map<String, String> TYPES =
      Map.of("Global", "global", "Mesh", "node-to-node mesh", "Node", "node specific");

  private static final Pattern NAME =
      Pattern.compile("(Global|Mesh|Node)_([0-9a-fA-F_]+?)(?:_port_([0-9]+))?");

  private final Session session;

  @Nullable Path socket;

  NodeStatusCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command status) {
    status
        .description(
            "Print the BGP sessions of this node, as BIRD sees them. Needs root.",
            "The exit status is 1 if BIRD does not answer.")
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
    BirdControl bird = new BirdControl(path, TIMEOUT);
    try {
      String version = bird.status().version();
      List<BirdProtocol> protocols = bird.protocols().stream().filter(BirdProtocol::isBgp).toList();
      session.out().println("Calico process is running: BIRD " + version + ", " + path);
      for (Family family : Family.values()) {
        print(family, protocols);
      }
      return 0;
    } catch (BirdException e) {
      throw new CommandException(
          "BIRD does not answer on %s: %s; is the node daemon ('calico node') running, and are you root?"
              .formatted(path, e.getMessage()));
    }
  }

  private Path findSocket() {
    Path root = Path.of(session.env().getOrDefault("CALICO_ROOT", "/"));
    List<Path> candidates = SOCKETS.stream().map(root::resolve).toList();
    return candidates.stream().filter(Files::exists).findFirst().orElse(candidates.getFirst());
  }

  private void print(Family family, List<BirdProtocol> protocols) {
    String name = family == Family.IPV4 ? "IPv4" : "IPv6";
    session.out().println("\n" + name + " BGP status");
    List<List<String>> rows =
        protocols.stream().map(p -> row(p, family)).filter(Objects::nonNull).toList();
    session
        .out()
        .print(
            rows.isEmpty()
                ? "No " + name + " peers found.\n"
                : new TextTable(
                        List.of("Peer address", "Peer type", "State", "Since", "Info"), rows)
                    .boxed(5));
  }

  /** Null for sessions of the other family, and those that are not made by confd. */
  static @Nullable List<String> row(BirdProtocol p, Family family) {
    Matcher m = NAME.matcher(p.name());
    if (!m.matches()) {
      return null;
    }
    // The session's details have the address itself; its name has '_' for '.' and ':'.
    String address = p.details().get("Neighbor address");
    if (address == null) {
      boolean dotted = m.group(2).matches("[0-9]{1,3}(_[0-9]{1,3}){3}");
      address = m.group(2).replace('_', dotted ? '.' : ':');
    }
    if ((family == Family.IPV6) != address.contains(":")) {
      return null;
    }
    String port = m.group(3) == null ? "" : " port " + m.group(3);
    return List.of(
        address + port, TYPES.getOrDefault(m.group(1), m.group(1)), p.state(), p.since(), p.info());
  }
}
