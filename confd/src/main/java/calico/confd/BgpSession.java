package calico.confd;

import calico.model.Family;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A BGP session as the daemon has it.
 *
 * @param origin why there is one
 * @param address of the other end
 * @param port of the other end, or 0 if none was chosen
 * @param state of RFC 4271, 8.2.2, e.g. "Established", "Active"; "Down" if it is held down
 * @param since when it got into this state, as the daemon prints it
 * @param reason why it is not up, in the daemon's words, or ours where it has none; empty if it is
 *     up, or that is not known
 */
public record BgpSession(
    Origin origin, String address, int port, String state, String since, String reason) {
  static final String ESTABLISHED = "Established";

  static final String HELD_DOWN = "held down by the configuration";
  static final String WAITS = "waits for the peer to connect";

  /** What does not have the right TCP MD5 signature gets no answer at all (RFC 2385, 2.0). */
  static final String NO_ANSWER =
      "no answer from the peer; is it up, and has it the same password?";

  /** {@link Peer#protocol}. */
  private static final Pattern NAME =
      Pattern.compile("(Global|Mesh|Node|Local_Workload)_([0-9a-fA-F_]+?)(?:_port_([0-9]+))?");

  /** What asks for a session: a BGPPeer, of all nodes, some or their workloads, or the mesh. */
  public enum Origin {
    GLOBAL("global"),
    MESH("node-to-node mesh"),
    NODE("node specific"),
    LOCAL_WORKLOAD("local workload");

    private final String words;

    Origin(String words) {
      this.words = words;
    }

    /** As upstream's calicoctl calls it. */
    public String words() {
      return words;
    }
  }

  /**
   * A session by the name that confd gave it; empty if it did not.
   *
   * @param address or empty if it is only known from the name
   */
  static Optional<BgpSession> of(
      String name, String address, String state, String since, String reason) {
    Matcher m = NAME.matcher(name);
    if (!m.matches()) {
      return Optional.empty();
    }
    String port = m.group(3);
    return Optional.of(
        new BgpSession(
            Origin.valueOf(m.group(1).toUpperCase(Locale.ROOT)),
            address.isEmpty() ? address(m.group(2)) : address,
            port == null ? 0 : Integer.parseInt(port),
            state,
            since,
            state.equals(ESTABLISHED) ? "" : reason));
  }

  /**
   * Of a session whose ends do not agree about an AS number.
   *
   * @param told whether the peer says so, of this end's number
   * @param as what this end has been told: its own number if {@code told}, else the peer's
   */
  static String wrongAs(boolean told, String as, String words) {
    return (told ? "the peer expects an AS number other than %s" : "the peer's AS number is not %s")
            .formatted(as)
        + " ("
        + words
        + ")";
  }

  /** A name has '_' for '.' and for ':'. */
  private static String address(String inName) {
    boolean dotted = inName.matches("[0-9]{1,3}(_[0-9]{1,3}){3}");
    return inName.replace('_', dotted ? '.' : ':');
  }

  public boolean isEstablished() {
    return state.equals(ESTABLISHED);
  }

  public Family family() {
    return address.contains(":") ? Family.IPV6 : Family.IPV4;
  }

  /** {@code 10.0.0.2}, {@code 10.0.0.2 port 1790}. */
  public String peer() {
    return address + (port == 0 ? "" : " port " + port);
  }
}
