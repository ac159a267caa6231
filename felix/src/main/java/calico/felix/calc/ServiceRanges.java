package calico.felix.calc;

import calico.felix.state.StateChange;
import calico.felix.state.StateKey.ServiceRangeId;
import calico.model.Cidr;
import calico.model.resource.BgpConfigurationSpec;
import calico.model.resource.BgpConfigurationSpec.CidrItem;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The prefixes of services that BIRD announces, so that the routers send what goes there to the
 * nodes: those of the BGPConfiguration "default".
 */
final class ServiceRanges {
  /** Name of the BGPConfiguration. */
  static final String CONFIGURATION = "default";

  private final Emission<ServiceRangeId, Boolean> emission = new Emission<>();
  private Set<Cidr> ranges = Set.of();

  static Set<Cidr> of(@Nullable BgpConfigurationSpec spec) {
    if (spec == null) {
      return Set.of();
    }
    return Stream.of(
            spec.serviceClusterIPs(), spec.serviceExternalIPs(), spec.serviceLoadBalancerIPs())
        .filter(Objects::nonNull)
        .flatMap(List<CidrItem>::stream)
        .map(item -> Cidr.tryParse(item.cidr()))
        .filter(Objects::nonNull)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Takes the configuration; null if there is none. */
  void put(@Nullable BgpConfigurationSpec spec) {
    Set<Cidr> now = of(spec);
    Set<Cidr> gone = new HashSet<>(ranges);
    gone.removeAll(now);
    gone.forEach(cidr -> emission.remove(new ServiceRangeId(cidr)));
    now.forEach(cidr -> emission.put(new ServiceRangeId(cidr), true));
    ranges = now;
  }

  void emitAgain() {
    emission.again();
  }

  void flushPuts(Consumer<StateChange> out) {
    emission.flushPuts(out);
  }

  void flushRemovals(Consumer<StateChange> out) {
    emission.flushRemovals(out);
  }
}
