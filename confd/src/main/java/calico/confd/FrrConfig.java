package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * FRR's configuration of a node, for zebra, staticd and bgpd of FRR 8.4 and later together.
 *
 * <p>The last lines are a route-map that nothing refers to; its description stands for the text, so
 * that bgpd can be asked which text it runs.
 */
final class FrrConfig {
  /** Name of the route-map whose description stands for the text. */
  static final String MARK = "calico";

  /** The first comment is for bgpd's command line, which alone says where it listens. */
  static final String LISTEN = "! listen ";

  private final NodeBgp node;
  private final FrrPolicies policies = new FrrPolicies();
  private final Set<Fault> faults;
  private final StringBuilder zebra = new StringBuilder();
  private final List<String> sessions = new ArrayList<>();
  private final List<String> families = new ArrayList<>();

  private FrrConfig(NodeBgp node) {
    this.node = node;
    this.faults = new LinkedHashSet<>(node.faults());
  }

  static BgpConfig of(BgpState state, ConfdConfig config) {
    FrrConfig frr = new FrrConfig(NodeBgp.of(state, config));
    for (Family family : Family.values()) {
      frr.add(family);
    }
    String text = frr.text();
    return new BgpConfig(text + mark(text), Collections.unmodifiableSet(frr.faults));
  }

  private static String mark(String text) {
    return "route-map %s deny 1\n description %s\nexit\n".formatted(MARK, FrrPolicies.digest(text));
  }

  private void add(Family family) {
    FrrRouteFilters filters = new FrrRouteFilters(family, node, policies);
    String ip = FrrPolicies.ip(family);
    zebra.append(ip).append(" nht resolve-via-default\n").append(filters.blocks());
    zebra.append("%s protocol bgp route-map %s\n".formatted(ip, filters.toKernel()));
    Ip own = node.address(family);
    families.add("address-family ipv%d unicast".formatted(family.version()));
    String originated = filters.originated();
    TreeSet<Cidr> networks = new TreeSet<>(node.blocks(family));
    networks.addAll(node.services(family).announced());
    for (Cidr network : networks) {
      families.add(" network %s route-map %s".formatted(network, originated));
    }
    families.add(" redistribute kernel route-map " + filters.fromKernel());
    families.add(" maximum-paths 64");
    families.add(" maximum-paths ibgp 64");
    if (own != null) {
      FrrSessions all = new FrrSessions(node, own, filters, faults);
      List<Peer> peers = all.peers();
      zebra.append(all.gateways(peers));
      for (Peer peer : peers) {
        sessions.add("! " + BirdConfig.comment(peer.origin()));
        sessions.addAll(all.lines(peer));
        all.familyLines(peer).forEach(line -> families.add(" " + line));
      }
    }
    families.add("exit-address-family");
  }

  private String text() {
    StringBuilder out = new StringBuilder();
    BgpSettings settings = node.settings();
    out.append(LISTEN).append(settings.listenPort(settings.nodeName()));
    if (settings.bindsNodeIp()) {
      for (Family family : Family.values()) {
        Ip own = node.address(family);
        if (own != null) {
          out.append(' ').append(node.bindsNodeIp(family) ? own : FrrPolicies.any(family));
        }
      }
    }
    out.append("\n! BGP of node %s. ".formatted(BirdConfig.comment(settings.nodeName())));
    out.append("Written from the cluster's resources: what is changed here is overwritten.\n");
    for (Fault fault : faults) {
      out.append("! %s: %s\n".formatted(fault.verdict(), BirdConfig.comment(fault.toString())));
    }
    out.append("log stdout ").append(severity(settings.logSeverity())).append('\n');
    out.append(policies.text()).append(zebra);
    if (node.self() != null) {
      out.append("router bgp ").append(node.as()).append('\n');
      for (List<String> lines : List.of(global(), sessions, families)) {
        lines.forEach(line -> out.append(' ').append(line).append('\n'));
      }
      out.append("exit\n");
    }
    return out.toString();
  }

  private List<String> global() {
    List<String> lines = new ArrayList<>();
    lines.add("bgp router-id " + node.routerId());
    lines.add("bgp log-neighbor-changes");
    lines.add("no bgp ebgp-requires-policy");
    lines.add("no bgp default ipv4-unicast");
    lines.add("no bgp network import-check");
    lines.add("bgp bestpath as-path multipath-relax");
    if (node.self() != null && node.settings().isReflector()) {
      lines.add("bgp cluster-id " + BgpSettings.clusterId(node.self()));
    }
    int seconds = node.longestRestartSeconds();
    if (seconds > 0) {
      lines.add("bgp graceful-restart restart-time " + seconds);
    }
    lines.add(Frr.NO_WAIT);
    lines.add("bgp graceful-restart preserve-fw-state");
    lines.add("bgp graceful-restart");
    return lines;
  }

  /** As syslog(3) calls it. */
  private static String severity(String severity) {
    return switch (severity) {
      case "trace", "debug" -> "debugging";
      case "info" -> "informational";
      case "warning" -> "warnings";
      case "error" -> "errors";
      default -> "critical";
    };
  }
}
