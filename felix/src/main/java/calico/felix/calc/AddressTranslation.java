package calico.felix.calc;

import calico.felix.state.FloatingIp;
import calico.felix.state.Pool;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What nodes make of a packet's addresses: a floating address becomes its workload's, the source of
 * what leaves a pool with {@code natOutgoing} the node's.
 */
final class AddressTranslation {
  private final List<Workload> workloads;
  private final HostInterfaces interfaces;
  private final Map<Cidr, Pool> pools;
  private final String clusterType;
  private final Function<String, FelixConfig> configuration;

  AddressTranslation(
      Snapshot snapshot,
      List<Workload> workloads,
      HostInterfaces interfaces,
      Function<String, FelixConfig> configuration) {
    this.workloads = workloads;
    this.interfaces = interfaces;
    this.pools = Pools.all(snapshot);
    Resource<ClusterInformationSpec> cluster = snapshot.get(Kinds.CLUSTER_INFORMATION, "default");
    this.clusterType =
        cluster == null ? "" : Objects.requireNonNullElse(cluster.spec().clusterType(), "");
    this.configuration = configuration;
  }

  /** Whether a node has virtual machines of OpenStack. */
  boolean isOpenStack(String node) {
    return OpenStack.isOn(configuration.apply(node), clusterType);
  }

  /** A workload, and the address of it to which a floating one is translated. */
  record Floating(Workload workload, Ip internal) {}

  /** Who has a floating address; empty if no node programs it. */
  Optional<Floating> floating(Ip external) {
    return candidates(workloads, external)
        .filter(this::floats)
        .map(w -> new Floating(w, Objects.requireNonNull(w.floating().get(external)).internal()))
        .findFirst();
  }

  private boolean floats(Workload workload) {
    String setting = configuration.apply(workload.node()).get(FelixParameters.FLOATING_IPS);
    return setting.equals("Enabled")
        || (CalcConfig.Routing.isOpenStack(workload) && isOpenStack(workload.node()));
  }

  /** The workloads that claim a floating address, who has it first. */
  static Stream<Workload> candidates(List<Workload> workloads, Ip external) {
    return workloads.stream()
        .filter(w -> w.floating().containsKey(external))
        .sorted((a, b) -> FloatingIps.PRECEDENCE.compare(claim(a, external), claim(b, external)));
  }

  private static FloatingIp claim(Workload workload, Ip external) {
    return Objects.requireNonNull(workload.floating().get(external));
  }

  /**
   * The pool for whose sake a packet that leaves a node gets another source, or null.
   *
   * <p>Which interfaces that is limited to (IptablesNATOutgoingInterfaceFilter) is not looked at:
   * by which of them the packet leaves is not known.
   */
  @Nullable Cidr masquerading(String node, Packet packet) {
    boolean inside = pools.keySet().stream().anyMatch(p -> p.contains(packet.destination()));
    boolean excluded =
        interfaces.isOfNode(packet.destination())
            && !configuration
                .apply(node)
                .get(FelixParameters.NAT_OUTGOING_EXCLUSIONS)
                .equals("IPPoolsOnly");
    return inside || excluded
        ? null
        : pools.entrySet().stream()
            .filter(pool -> pool.getValue().natOutgoing())
            .map(Map.Entry::getKey)
            .filter(cidr -> cidr.contains(packet.source()))
            .findFirst()
            .orElse(null);
  }

  /** The source that such a packet gets; null if the node's address is not known. */
  @Nullable Ip masqueradeAddress(String node, Packet packet) {
    return configuration
        .apply(node)
        .get(FelixParameters.NAT_OUTGOING_ADDRESS)
        .filter(ip -> ip.family() == packet.source().family())
        .orElseGet(() -> interfaces.address(node, packet.source().family()));
  }
}
