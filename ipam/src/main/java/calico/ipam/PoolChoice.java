package calico.ipam;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.selector.Selector;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which pools an allocation may use.
 *
 * @param pools to take addresses from, in the order of their names
 * @param unselecting usable pools that no longer select the node: its empty blocks there go back
 */
record PoolChoice(List<Pool> pools, List<Pool> unselecting) {

  static @Nullable Pool containing(List<Pool> pools, Ip ip) {
    return pools.stream().filter(p -> p.cidr().contains(ip)).findFirst().orElse(null);
  }

  /**
   * Chooses for one family of a request.
   *
   * @throws IpamException if no pool is left, naming those that were ruled out and why
   */
  static PoolChoice choose(
      List<Pool> all, AssignRequest request, Family family, Map<String, String> nodeLabels) {
    List<Pool> usable =
        all.stream().filter(p -> p.usable() && p.cidr().family() == family).toList();
    if (usable.isEmpty()) {
      throw new IpamException(
          "no "
              + family
              + " address for node "
              + request.host()
              + ": there is no enabled "
              + family
              + " IPPool; create one");
    }
    List<Cidr> requested = request.pools(family);
    List<Pool> chosen =
        requested.isEmpty()
            ? usable.stream()
                .filter(Pool::automatic)
                .filter(p -> selects(p.nodeSelector(), nodeLabels))
                .filter(p -> selects(p.namespaceSelector(), request.namespaceLabels()))
                .toList()
            : requested.stream().map(c -> byCidr(usable, c)).toList();
    if (chosen.isEmpty()) {
      throw new IpamException(
          "no "
              + family
              + " address for node "
              + request.host()
              + ": none of the pools "
              + usable
              + " selects it by nodeSelector and the workload by namespaceSelector");
    }
    List<Pool> allowed = chosen.stream().filter(p -> p.allows(request.use())).toList();
    if (allowed.isEmpty()) {
      throw new IpamException(
          "no "
              + family
              + " address for node "
              + request.host()
              + ": none of the pools "
              + chosen
              + " has "
              + request.use()
              + " among its allowedUses");
    }
    List<Pool> unselecting =
        usable.stream().filter(p -> !selects(p.nodeSelector(), nodeLabels)).toList();
    return new PoolChoice(allowed, unselecting);
  }

  private static Pool byCidr(List<Pool> usable, Cidr cidr) {
    return usable.stream()
        .filter(p -> p.cidr().equals(cidr))
        .findFirst()
        .orElseThrow(
            () ->
                new IpamException(
                    "the requested pool "
                        + cidr
                        + " does not exist or is disabled; the enabled ones are "
                        + usable));
  }

  /** Whether one of a pool's selectors accepts the labels; an empty one accepts all. */
  static boolean selects(String selector, Map<String, String> labels) {
    return selector.isEmpty() || Selector.parse(selector).matches(labels);
  }
}
