package calico.confd;

import java.util.Map;

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

  public boolean isBgp() {
    return type.equals("BGP");
  }

  public boolean isEstablished() {
    return isBgp() && state.equals("up") && info.startsWith("Established");
  }
}
