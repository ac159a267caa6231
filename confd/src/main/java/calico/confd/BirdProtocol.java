package calico.confd;

import java.util.Map;
import java.util.Optional;

/**
 * A protocol instance of BIRD.
 *
 * @param name e.g. "Mesh_10_0_0_2"
 * @param type e.g. "BGP", "Kernel"
 * @param state "up", "down", "start" ...
 * @param since when it got into this state, as BIRD prints it
 * @param info of BGP the state of RFC 4271 ("Established", "Active" ...), with the last error if
 *     there is one; may be empty
 * @param details the indented lines of the form {@code key: value}, keys as BIRD prints them; of
 *     keys that come more than once, the first
 */
public record BirdProtocol(
    String name,
    String type,
    String state,
    String since,
    String info,
    Map<String, String> details) {
  public BirdProtocol {
    details = Map.copyOf(details);
  }

  /** What BIRD calls the state Active of a session that waits for the other end to connect. */
  private static final String PASSIVE = "Passive";

  /** The detail of a BGP session that is the other end's address. */
  static final String PEER = "Neighbor address";

  private static final String ACTIVE = "Active";
  private static final String DOWN = "Down";

  public boolean isBgp() {
    return type.equals("BGP");
  }

  /** Whether this is a BGP session that is up. */
  public boolean isEstablished() {
    return isBgp() && info.startsWith(BgpSession.ESTABLISHED);
  }

  /** The session, if this is one that confd has configured. */
  Optional<BgpSession> session() {
    if (!isBgp()) {
      return Optional.empty();
    }
    String[] words = info.split(" +", 2);
    String now = words[0].isEmpty() ? DOWN : words[0];
    String reason = words.length > 1 ? reason(words[1]) : silence(now);
    String state = now.equals(PASSIVE) ? ACTIVE : now;
    return BgpSession.of(name, details.getOrDefault(PEER, ""), state, since, reason);
  }

  private String reason(String error) {
    if (!error.endsWith("Bad peer AS")) {
      return error;
    }
    boolean told = error.startsWith("Received");
    String as = details.getOrDefault(told ? "Local AS" : "Neighbor AS", "?");
    return BgpSession.wrongAs(told, as, error);
  }

  /** What it means that BIRD has no error to tell of. */
  private static String silence(String state) {
    return switch (state) {
      case PASSIVE -> BgpSession.WAITS;
      case DOWN -> BgpSession.HELD_DOWN;
      case "Connect" -> BgpSession.NO_ANSWER;
      default -> "";
    };
  }

  /** Where its routes come from. */
  BgpRoute.Source source() {
    return switch (type) {
      case "Kernel" -> BgpRoute.Source.KERNEL;
      case "Static" -> BgpRoute.Source.STATIC;
      case "Direct" -> BgpRoute.Source.DIRECT;
      case "BGP" -> session().map(BgpRoute.Source::of).orElse(BgpRoute.Source.PEER);
      default -> BgpRoute.Source.OTHER;
    };
  }
}
