package calico.confd;

import calico.model.Family;
import calico.model.json.Json;
import calico.model.json.JsonException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Asks FRR's daemons how they are. */
public final class FrrControl implements BgpControl {
  private static final Pattern DESCRIPTION = Pattern.compile("Description:\\s+(\\S+)");

  /** Reasons that bgpd has while it knows none. */
  private static final Set<String> NOTHING_HAPPENED =
      Set.of("Waiting for peer OPEN", "No AFI/SAFI activated for peer");

  /** As BIRD prints times. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  private final Vtysh vtysh;

  /**
   * @param run directory of the daemons' sockets
   */
  public FrrControl(Path run) {
    this.vtysh = new Vtysh(run);
  }

  @Override
  public Path socket() {
    return FrrPaths.bgpSocket(vtysh.run());
  }

  @Override
  public DaemonStatus status() throws BgpDaemonException {
    String version = version("bgpd");
    Object router = json("bgpd", "show bgp ipv4 unicast summary json");
    String id = router instanceof Map<?, ?> map ? text(map.get("routerId")) : "";
    return new DaemonStatus(version, id, "", "", false);
  }

  /** A daemon's version; this is the least that it can be asked. */
  String version(String daemon) throws BgpDaemonException {
    String first = vtysh.ask(daemon, List.of("show version")).lines().findFirst().orElse("");
    return first.replaceFirst("^FRRouting (\\S+).*", "FRR $1");
  }

  @Override
  public List<BgpSession> sessions() throws BgpDaemonException {
    List<BgpSession> found = new ArrayList<>();
    if (json("bgpd", "show bgp neighbors json") instanceof Map<?, ?> neighbors) {
      neighbors.forEach(
          (address, details) -> {
            if (details instanceof Map<?, ?> map) {
              session(String.valueOf(address), map).ifPresent(found::add);
            }
          });
    }
    return found;
  }

  /** Those of BGP are bgpd's, as zebra has only the best of them; the others are zebra's. */
  @Override
  public List<BgpRoute> routes() throws BgpDaemonException {
    List<BgpSession> sessions = sessions();
    List<BgpRoute> found = new ArrayList<>();
    for (Family family : Family.values()) {
      found.addAll(
          FrrRoutes.parse(
              sessions,
              json("zebra", "show %s route json".formatted(FrrPolicies.ip(family))),
              json("bgpd", "show bgp ipv%d unicast json".formatted(family.version()))));
    }
    return found;
  }

  /** What the text that bgpd runs is marked with; empty if it runs none. */
  String mark() throws BgpDaemonException {
    Matcher m = DESCRIPTION.matcher(vtysh.ask("bgpd", List.of("show route-map " + FrrConfig.MARK)));
    return m.find() ? m.group(1) : "";
  }

  private static Optional<BgpSession> session(String address, Map<?, ?> details) {
    String state = text(details.get("bgpState"));
    String reason = reason(state, details);
    if (Boolean.TRUE.equals(details.get("adminShutDown"))) {
      state = "Down";
      reason = BgpSession.HELD_DOWN;
    }
    String since =
        details.get("bgpTimerUpEstablishedEpoch") instanceof Number epoch
            ? TIME.format(Instant.ofEpochSecond(epoch.longValue()))
            : "";
    return BgpSession.of(text(details.get("nbrDesc")), address, state, since, reason);
  }

  /** FRR tells of the last thing that happened, be it what was waited for in the start. */
  private static String reason(String state, Map<?, ?> details) {
    String reset = text(details.get("lastResetDueTo"));
    String notification = text(details.get("lastNotificationReason"));
    if (reset.startsWith("BGP Notification") && !notification.isEmpty()) {
      boolean told = reset.endsWith("received");
      return notification.endsWith("Bad Peer AS")
          ? BgpSession.wrongAs(told, text(details.get(told ? "localAs" : "remoteAs")), notification)
          : (told ? "the peer said: " : "the peer was told: ") + notification;
    }
    boolean happened = !reset.isEmpty() && !NOTHING_HAPPENED.contains(reset);
    if (reset.equals("Waiting for NHT")) {
      return "no route to the peer (%s)".formatted(reset);
    }
    if (state.equals("Connect")) {
      return happened ? reset : BgpSession.NO_ANSWER;
    }
    if (state.equals("Active") && !happened) {
      boolean tries = details.get("nextConnectTimerDueInMsecs") != null;
      return tries ? "cannot connect to the peer" : BgpSession.WAITS;
    }
    return reset;
  }

  private @Nullable Object json(String daemon, String command) throws BgpDaemonException {
    String answer = vtysh.ask(daemon, List.of(command));
    try {
      return answer.isBlank() ? null : Json.parse(answer);
    } catch (JsonException e) {
      throw new BgpDaemonException(
          "FRR's answer to '%s' is not JSON: %s".formatted(command, e.getMessage()), e);
    }
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : String.valueOf(value);
  }
}
