package calico.ipam;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Resource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A pool as allocation sees it, with defaults filled in.
 *
 * @param blockLength prefix length of its blocks
 * @param usable not disabled, being deleted or declared unallocatable
 * @param automatic used without being asked for by name
 */
record Pool(
    String name,
    Cidr cidr,
    int blockLength,
    boolean usable,
    boolean automatic,
    String nodeSelector,
    String namespaceSelector,
    List<String> allowedUses) {

  static Pool of(Resource<IpPoolSpec> resource) {
    return of(resource, resource.spec());
  }

  static Pool of(Resource<?> resource, IpPoolSpec spec) {
    Cidr cidr = Cidr.parse(spec.cidr());
    Integer size = spec.blockSize();
    List<String> uses = spec.allowedUses();
    return new Pool(
        resource.metadata().name(),
        cidr,
        size != null && size != 0 ? size : cidr.family() == Family.IPV4 ? 26 : 122,
        !Boolean.TRUE.equals(spec.disabled())
            && !resource.metadata().unknown().fields().containsKey("deletionTimestamp")
            && !declaredUnallocatable(resource.status()),
        !"Manual".equals(spec.assignmentMode()),
        orEmpty(spec.nodeSelector()),
        orEmpty(spec.namespaceSelector()),
        uses == null || uses.isEmpty() ? List.of("Workload", "Tunnel") : uses);
  }

  /** The block that holds {@code ip}. */
  Cidr blockOf(Ip ip) {
    return new Cidr(ip, blockLength);
  }

  boolean allows(Use use) {
    return allowedUses.contains(use.toString());
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static boolean declaredUnallocatable(@Nullable Object status) {
    return status instanceof Map<?, ?> s
        && s.get("conditions") instanceof List<?> conditions
        && conditions.stream()
            .anyMatch(
                c ->
                    c instanceof Map<?, ?> m
                        && "Allocatable".equals(m.get("type"))
                        && "False".equals(m.get("status")));
  }

  @Override
  public String toString() {
    return name + " (" + cidr + ")";
  }
}
