package calico.confd;

import calico.model.Family;
import calico.model.Ip;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * BIRD's configuration of a node, for BIRD 2.0.12 and later.
 *
 * @param faults what of the resources is not in it, and why
 */
public record BirdConfig(String text, Set<Fault> faults) {
  /** What may stand between the quotes of an interface pattern. */
  private static final Pattern INTERFACE_PATTERN = Pattern.compile("[A-Za-z0-9_.:@?*-]{1,15}");

  /**
   * How long after a restart the routes from before are kept for peers that have not come back, in
   * seconds. Peers that are there come back within a few.
   */
  private static final int RESTART_WAIT_SECONDS = 15;

  /** The text of a node's configuration, with nothing but the node's name set for confd. */
  public static String render(BgpState state, String nodeName) {
    return of(state, new ConfdConfig(nodeName)).text();
  }

  /**
   * The configuration of a node: the same for the same state, always. While there is no Node of its
   * name there are no BGP sessions.
   */
  public static BirdConfig of(BgpState state, ConfdConfig config) {
    BgpSettings settings = new BgpSettings(state, config);
    Resource<NodeSpec> self = state.nodes().get(config.nodeName());
    Peerings peerings = self == null ? null : new Peerings(state, settings, self);
    Set<Fault> faults = new LinkedHashSet<>(settings.faults());
    state.refused().entrySet().stream()
        .map(refusal -> new Fault(refusal.getKey(), refusal.getValue()))
        .sorted(Comparator.comparing(Fault::toString))
        .forEach(faults::add);
    if (peerings != null) {
      faults.addAll(peerings.faults());
    }
    StringBuilder out = new StringBuilder();
    for (Family family : Family.values()) {
      out.append("\n# ---- IPv").append(family.version()).append(" ----\n\n");
      out.append(RouteFilters.of(family, state, settings).text());
      out.append(kernel(family));
      Ip own = self == null ? null : BgpSettings.address(self, family);
      if (self != null && own != null && peerings != null) {
        Sessions sessions = new Sessions(peerings.of(family), state, settings, own);
        out.append(sessions.text(settings.as(self), faults));
      }
    }
    StringBuilder head = new StringBuilder(global(settings, self));
    for (Fault fault : faults) {
      head.append("# %s: %s\n".formatted(fault.verdict(), comment(fault.toString())));
    }
    return new BirdConfig(head.append(out).toString(), Collections.unmodifiableSet(faults));
  }

  private static String global(BgpSettings settings, @Nullable Resource<NodeSpec> self) {
    String debug =
        switch (settings.logSeverity()) {
          case "debug" -> "all";
          case "info" -> "{ states }";
          default -> "off";
        };
    return """
    # BGP of node %s. Written from the cluster's resources: what is changed here is overwritten.
    log stderr all;
    debug protocols %s;
    timeformat base iso long;
    timeformat log iso long ms;
    timeformat protocol iso long;
    router id %s;
    graceful restart wait %d;

    protocol device { scan time 2; }
    # Addresses of interfaces, to find the way to peers' next hops.
    protocol direct {
      ipv4;
      ipv6;
      interface %s-"cali*", -"kube-ipvs*", "*";
    }
    """
        .formatted(
            comment(settings.nodeName()),
            debug,
            routerId(settings.config(), self),
            RESTART_WAIT_SECONDS,
            ignored(settings.ignoredInterfaces()));
  }

  private static String ignored(List<String> patterns) {
    StringBuilder out = new StringBuilder();
    for (String pattern : patterns) {
      if (INTERFACE_PATTERN.matcher(pattern).matches()) {
        out.append("-\"").append(pattern).append("\", ");
      }
    }
    return out.toString();
  }

  /**
   * What the node agent says, else the node's IPv4 address, or where there is none a number that is
   * made from its name.
   */
  private static String routerId(ConfdConfig config, @Nullable Resource<NodeSpec> self) {
    if (config.routerId() != null && !config.hashesName()) {
      return config.routerId();
    }
    Ip own = self == null ? null : BgpSettings.address(self, Family.IPV4);
    boolean hashed = config.hashesName() || own == null;
    return String.valueOf(hashed ? RouterId.ofName(config.nodeName()) : own);
  }

  /**
   * Metric 0 lets the metric that the filter sets through. Routes stay when BIRD ends, and until it
   * has heard its peers again.
   */
  private static String kernel(Family family) {
    return """
    protocol kernel kernel%1$d {
      learn;
      persist;
      scan time 2;
      metric 0;
      merge paths;
      graceful restart;
      ipv%1$d { import all; export filter to_kernel%1$d; };
    }
    """
        .formatted(family.version());
  }

  /** Text of the datastore made fit for a comment: it cannot end the line. */
  static String comment(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
