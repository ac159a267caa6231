package calico.confd;

/**
 * What a BGP daemon says of itself.
 *
 * @param version with its name, e.g. "BIRD 2.0.12"
 * @param routerId e.g. "10.0.0.1"
 * @param lastBoot when it was started, as it prints it; may be empty
 * @param lastReconfiguration when the configuration was last loaded, as it prints it; may be empty
 * @param recovering whether it still waits for peers after a restart (RFC 4724)
 */
public record DaemonStatus(
    String version,
    String routerId,
    String lastBoot,
    String lastReconfiguration,
    boolean recovering) {}
