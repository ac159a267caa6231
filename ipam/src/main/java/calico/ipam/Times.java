package calico.ipam;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;

/** Times as blocks store them. */
final class Times {
  private Times() {}

  /** RFC 3339 in UTC and whole seconds. */
  static String text(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static Instant parse(String text) {
    return OffsetDateTime.parse(text).toInstant();
  }

  static long epochNanos(Instant time) {
    return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
  }
}
