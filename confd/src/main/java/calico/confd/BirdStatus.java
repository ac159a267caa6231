package calico.confd;

/**
 * What BIRD says of itself.
 *
 * @param version e.g. "2.0.12"
 * @param routerId e.g. "10.0.0.1"
 * @param lastReconfiguration when the configuration was last loaded, as BIRD prints it
 * @param state last line, e.g. "Daemon is up and running"
 */
public record BirdStatus(
    String version, String routerId, String lastReconfiguration, String state) {

  /** Whether it still waits for peers after a restart (RFC 4724). */
  public boolean recovering() {
    return state.contains("Graceful restart");
  }
}
