package calico.confd;

import calico.model.Family;
import calico.model.Ip;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** BIRD's configuration of a node, for BIRD 2.0.12 and later. */
public final class BirdConfig {
  /** What may stand between the quotes of an interface pattern. */
  private static final Pattern INTERFACE_PATTERN = Pattern.compile("[A-Za-z0-9_.:@?*-]{1,15}");

  private BirdConfig() {}

  /** The text of a node's configuration, with nothing but the node's name set for confd. */
  public static String render(BgpState state, String nodeName) {
    return of(state, new ConfdConfig(nodeName)).text();
  }

  /** The configuration of a node. */
  static BgpConfig of(BgpState state, ConfdConfig config) {
    NodeBgp node = NodeBgp.of(state, config);
    Set<Fault> faults = new LinkedHashSet<>(node.faults());
    StringBuilder out = new StringBuilder();
    for (Family family : Family.values()) {
      out.append("\n# ---- IPv").append(family.version()).append(" ----\n\n");
      out.append(new BirdRouteFilters(family, node).text());
      out.append(kernel(family));
      Ip own = node.address(family);
      if (own != null) {
        out.append(new BirdSessions(node, own).text(faults));
      }
    }
    StringBuilder head = new StringBuilder(global(node));
    for (Fault fault : faults) {
      head.append("# %s: %s\n".formatted(fault.verdict(), comment(fault.toString())));
    }
    return new BgpConfig(head.append(out).toString(), Collections.unmodifiableSet(faults));
  }

  private static String global(NodeBgp node) {
    BgpSettings settings = node.settings();
    String debug =
        switch (settings.logSeverity()) {
          case "trace", "debug" -> "all";
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
            node.routerId(),
            NodeBgp.RESTART_WAIT_SECONDS,
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
