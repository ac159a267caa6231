package calico.felix.dataplane;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What of the configuration is about the host and its interfaces.
 *
 * @param forwarding whether the host is made to forward packets at all (IPForwarding)
 * @param excluded interfaces whose addresses are not taken for the host's (InterfaceExclude)
 * @param refreshInterval how often interfaces are listed, in case that the kernel did not tell of
 *     something; 0 for never (InterfaceRefreshInterval)
 */
public record InterfaceConfig(
    boolean forwarding, List<Pattern> excluded, Duration refreshInterval) {

  /** Upstream's defaults. */
  public static InterfaceConfig defaults() {
    return new InterfaceConfig(
        true, List.of(Pattern.compile("^kube-ipvs0$")), Duration.ofSeconds(90));
  }

  Predicate<String> isExcluded() {
    return name -> excluded.stream().anyMatch(pattern -> pattern.matcher(name).find());
  }
}
