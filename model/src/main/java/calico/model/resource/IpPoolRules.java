package calico.model.resource;

import calico.model.Cidr;
import calico.model.Family;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What holds between the fields of an IPPool. */
final class IpPoolRules {
  private static final Cidr LINK_LOCAL_V4 = Cidr.parse("169.254.0.0/16");
  private static final Cidr LINK_LOCAL_V6 = Cidr.parse("fe80::/10");

  private IpPoolRules() {}

  static void check(IpPoolSpec p, Problems problems) {
    boolean ipip = isOn(p.ipipMode());
    boolean vxlan = isOn(p.vxlanMode());
    problems.require(
        !(ipip && vxlan), "vxlanMode", p.vxlanMode(), "ipipMode and vxlanMode exclude each other");
    Cidr cidr = Cidr.tryParse(p.cidr());
    if (cidr != null) {
      size(p, cidr, problems);
      problems.require(
          !(ipip && cidr.family() == Family.IPV6),
          "ipipMode",
          p.ipipMode(),
          "IPIP carries IPv4 only");
    }
    uses(p, ipip || vxlan, problems);
  }

  private static void size(IpPoolSpec p, Cidr cidr, Problems problems) {
    boolean v4 = cidr.family() == Family.IPV4;
    Cidr linkLocal = v4 ? LINK_LOCAL_V4 : LINK_LOCAL_V6;
    problems.require(
        !linkLocal.overlaps(cidr), "cidr", p.cidr(), "overlaps the link-local range " + linkLocal);
    Integer given = p.blockSize();
    int block = given == null || given == 0 ? (v4 ? 26 : 122) : given;
    int least = v4 ? 20 : 116;
    problems.require(
        block >= least && block <= cidr.family().bits(),
        "blockSize",
        block,
        "expected " + least + " to " + cidr.family().bits());
    problems.require(
        Boolean.TRUE.equals(p.disabled()) || cidr.length() <= block,
        "cidr",
        p.cidr(),
        "the pool is smaller than one block, /" + block);
  }

  private static void uses(IpPoolSpec p, boolean encapsulated, Problems problems) {
    List<String> uses = p.allowedUses() == null ? List.of() : p.allowedUses();
    if (uses.contains("LoadBalancer")) {
      problems.require(
          uses.stream().allMatch("LoadBalancer"::equals),
          "allowedUses",
          uses,
          "LoadBalancer excludes other uses");
      problems.require(
          !encapsulated, "allowedUses", uses, "a LoadBalancer pool has no encapsulation");
      problems.require(
          !Boolean.TRUE.equals(p.disableBGPExport()),
          "disableBGPExport",
          true,
          "a LoadBalancer pool is always exported");
      String nodes = p.nodeSelector();
      problems.require(
          nodes == null || nodes.isEmpty() || nodes.equals("all()"),
          "nodeSelector",
          nodes,
          "a LoadBalancer pool is for all nodes: all()");
    }
    String namespaces = p.namespaceSelector();
    boolean tunnel = uses.contains("Tunnel");
    problems.require(
        !(tunnel && namespaces != null && !namespaces.isEmpty()),
        "namespaceSelector",
        namespaces,
        "a pool for tunnels has no namespaceSelector");
  }

  private static boolean isOn(@Nullable String mode) {
    return mode != null && !mode.isEmpty() && !mode.equals("Never");
  }
}
