package calico.confd;

import calico.model.Ip;
import calico.model.resource.BgpPassword;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.Problem;
import calico.model.resource.Severity;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a session is held, as the resource that asks for it says.
 *
 * @param ttlSecurityHops routers allowed between the two (RFC 5082), or 0 for no check
 * @param nextHop "keep" or "self": what becomes of the next hop of routes that are passed on; null:
 *     what BGP does by itself
 * @param restartSeconds how long the peer is to keep routes while this node restarts, or 0 for
 *     BIRD's default
 * @param keepaliveSeconds between signs of life, or 0 for the default
 * @param ownAsAllowed how often this node's AS number may be in the path of a route that comes in
 * @param gateway by which the peer is reached, or null
 * @param password of RFC 2385, or null
 * @param locked held down because it has to have a password, and that is not known
 * @param filters names of BGPFilters, in order
 */
record PeerOptions(
    int ttlSecurityHops,
    @Nullable String nextHop,
    int restartSeconds,
    int keepaliveSeconds,
    int ownAsAllowed,
    @Nullable Ip gateway,
    @Nullable String password,
    boolean locked,
    List<String> filters) {
  /** The kernel's TCP_MD5SIG_MAXKEYLEN, bytes. */
  private static final int MAX_PASSWORD = 80;

  /** The Restart Time has 12 bits (RFC 4724, 3). */
  private static final int MAX_RESTART_SECONDS = 4095;

  /** A hold time of three of them still fits (RFC 4271, 4.2 and 4.4). */
  private static final int MAX_KEEPALIVE_SECONDS = 21845;

  /**
   * Of a session of the mesh.
   *
   * @param problems is told what is wrong
   */
  static PeerOptions ofMesh(BgpState state, BgpSettings settings, Consumer<Problem> problems) {
    BgpPassword reference = settings.meshPassword();
    String password = password(state, reference, "spec.nodeMeshPassword", problems);
    return new PeerOptions(
        0,
        null,
        restart("spec.nodeMeshMaxRestartTime", settings.meshRestartTime(), problems),
        0,
        0,
        null,
        password,
        isLocked(reference, password),
        List.of());
  }

  /**
   * Of a session that a BGPPeer asks for.
   *
   * @param direct whether it leads to the BGPPeer's peerIP, not to a node that was found
   * @param internal whether both ends are in the same AS
   * @param problems is told what is wrong
   */
  static PeerOptions of(
      BgpPeerSpec spec,
      boolean direct,
      boolean internal,
      BgpState state,
      Consumer<Problem> problems) {
    String password = password(state, spec.password(), "spec.password", problems);
    List<String> filters = spec.filters() == null ? List.of() : spec.filters();
    for (int i = 0; i < filters.size(); i++) {
      if (!state.filters().containsKey(filters.get(i))) {
        problems.accept(
            Problem.warning(
                "spec.filters[" + i + "]",
                filters.get(i),
                "there is no such BGPFilter; routes pass as if it were not named"));
      }
    }
    Integer allowed = spec.numAllowedLocalASNumbers();
    String gateway = spec.reachableBy();
    return new PeerOptions(
        spec.ttlSecurity() == null ? 0 : spec.ttlSecurity(),
        nextHop(spec, internal),
        restart("spec.maxRestartTime", spec.maxRestartTime(), problems),
        seconds("spec.keepaliveTime", spec.keepaliveTime(), MAX_KEEPALIVE_SECONDS, problems),
        allowed == null || !direct ? 0 : Math.clamp(allowed, 0, 255),
        gateway == null || !direct ? null : Ip.tryParse(gateway),
        password,
        isLocked(spec.password(), password),
        filters);
  }

  private static @Nullable String nextHop(BgpPeerSpec spec, boolean internal) {
    String mode = spec.nextHopMode();
    if (mode != null) {
      return mode.equals("Self") ? "self" : mode.equals("Keep") ? "keep" : null;
    }
    return !internal && Boolean.TRUE.equals(spec.keepOriginalNextHop()) ? "keep" : null;
  }

  private static int restart(String field, @Nullable String time, Consumer<Problem> problems) {
    return seconds(field, time, MAX_RESTART_SECONDS, problems);
  }

  private static int seconds(
      String field, @Nullable String time, int max, Consumer<Problem> problems) {
    int seconds = BgpSettings.wholeSeconds(time);
    if (time == null || (seconds >= 1 && seconds <= max)) {
      return seconds;
    }
    problems.accept(
        Problem.error(field, time, "expected 1s to %ds; sessions have the default".formatted(max)));
    return 0;
  }

  private static boolean isLocked(@Nullable BgpPassword reference, @Nullable String password) {
    BgpPassword.SecretKey ref = reference == null ? null : reference.secretKeyRef();
    return ref != null && password == null && !Boolean.TRUE.equals(ref.optional());
  }

  private static @Nullable String password(
      BgpState state, @Nullable BgpPassword reference, String field, Consumer<Problem> problems) {
    if (reference == null || reference.secretKeyRef() == null) {
      return null;
    }
    Secrets.Entry entry = Secrets.Entry.of(reference);
    String value = entry == null ? null : entry.name() + "/" + entry.key();
    String password = entry == null ? null : state.secrets().get(entry);
    if (password == null) {
      boolean locked = isLocked(reference, null);
      problems.accept(
          new Problem(
              locked ? Severity.ERROR : Severity.WARNING,
              field + ".secretKeyRef",
              value,
              "there is no such file below the directory of secrets; "
                  + (locked
                      ? "sessions are down until it is there"
                      : "it is optional, sessions have no password")));
      return null;
    }
    boolean fits = password.getBytes(StandardCharsets.UTF_8).length <= MAX_PASSWORD;
    if (password.isEmpty() || !fits || password.matches("(?s).*[\"\\p{Cntrl}].*")) {
      problems.accept(
          Problem.error(
              field + ".secretKeyRef",
              value,
              "a password has 1 to %d bytes and no quote or control character; sessions are down"
                  .formatted(MAX_PASSWORD)));
      return null;
    }
    return password;
  }
}
