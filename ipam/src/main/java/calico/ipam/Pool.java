package calico.ipam;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Resource;
import calico.model.selector.Selector;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

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

  static Optional<Pool> of(Resource<IpPoolSpec> resource) {
    return of(resource, resource.spec());
  }

  /** None, and told in the log, if a field has no meaning: the other pools serve all the same. */
  static Optional<Pool> of(Resource<?> resource, IpPoolSpec spec) {
    try {
      return Optional.of(read(resource, spec));
    } catch (IllegalArgumentException e) {
      LoggerFactory.getLogger(Pool.class)
          .warn(
              "IPPool {} serves nobody until it is corrected: {}",
              resource.metadata().name(),
              e.getMessage());
      return Optional.empty();
    }
  }

  private static Pool read(Resource<?> resource, IpPoolSpec spec) {
    Cidr cidr = Cidr.parse(spec.cidr());
    List<String> uses = spec.allowedUses();
    checkSelector("nodeSelector", orEmpty(spec.nodeSelector()));
    checkSelector("namespaceSelector", orEmpty(spec.namespaceSelector()));
    return new Pool(
        resource.metadata().name(),
        cidr,
        blockLength(cidr, spec.blockSize()),
        !Boolean.TRUE.equals(spec.disabled())
            && !resource.metadata().unknown().fields().containsKey("deletionTimestamp")
            && !declaredUnallocatable(resource.status()),
        !"Manual".equals(spec.assignmentMode()),
        orEmpty(spec.nodeSelector()),
        orEmpty(spec.namespaceSelector()),
        uses == null || uses.isEmpty() ? List.of("Workload", "Tunnel") : uses);
  }

  private static int blockLength(Cidr cidr, @Nullable Integer size) {
    int length = size != null && size != 0 ? size : cidr.family() == Family.IPV4 ? 26 : 122;
    if (length < cidr.length() || length > cidr.family().bits()) {
      throw new IllegalArgumentException(
          "blockSize %d is not from %d, the length of %s, to %d"
              .formatted(length, cidr.length(), cidr, cidr.family().bits()));
    }
    return length;
  }

  private static void checkSelector(String field, String text) {
    if (!text.isEmpty()) {
      try {
        Selector _ = Selector.parse(text);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "%s '%s' is no selector: %s".formatted(field, text, e.getMessage()), e);
      }
    }
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
