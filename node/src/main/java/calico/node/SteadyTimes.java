package calico.node;

import calico.model.resource.CalicoNodeStatusStatus;
import calico.model.resource.CalicoNodeStatusStatus.Bgp;
import calico.model.resource.CalicoNodeStatusStatus.Peer;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The time at which a session came up stays what it was reported to be. FRR makes it anew for each
 * answer, from the present and the age of the session, both in whole seconds: it may be one more or
 * less each time.
 */
final class SteadyTimes {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

  private static final Duration ROUNDING = Duration.ofSeconds(1);

  private SteadyTimes() {}

  /** A report with the times of a former one, where they differ by no more than rounding. */
  static CalicoNodeStatusStatus of(CalicoNodeStatusStatus report, CalicoNodeStatusStatus former) {
    Bgp now = report.bgp();
    Bgp bgp =
        new Bgp(
            now.numberEstablishedV4(),
            now.numberNotEstablishedV4(),
            now.numberEstablishedV6(),
            now.numberNotEstablishedV6(),
            peers(now.peersV4(), former.bgp().peersV4()),
            peers(now.peersV6(), former.bgp().peersV6()));
    return new CalicoNodeStatusStatus(report.lastUpdated(), report.agent(), bgp, report.routes());
  }

  private static List<Peer> peers(List<Peer> reported, List<Peer> former) {
    return reported.stream()
        .map(peer -> former.stream().filter(old -> isSame(old, peer)).findFirst().orElse(peer))
        .toList();
  }

  private static boolean isSame(Peer old, Peer now) {
    return new Peer(old.peerIP(), old.type(), old.state(), now.since(), old.reason()).equals(now)
        && differByRounding(old.since(), now.since());
  }

  private static boolean differByRounding(@Nullable String one, @Nullable String other) {
    if (one == null || other == null) {
      return false;
    }
    try {
      Duration difference =
          Duration.between(LocalDateTime.parse(one, TIME), LocalDateTime.parse(other, TIME));
      return difference.abs().compareTo(ROUNDING) <= 0;
    } catch (DateTimeParseException _) {
      return false; // BIRD's are exact, and may be of another form
    }
  }
}
