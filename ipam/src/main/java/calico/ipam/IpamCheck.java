package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.AllocationBlock.Attribute;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamHandle;
import calico.model.key.Query;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.model.resource.WorkloadEndpointSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Compares what is recorded as allocated with what uses addresses. Reads every kind once and
 * changes nothing. It is no snapshot: what is allocated or released meanwhile may look like a
 * problem, so only what two checks find, or one while the datastore is locked, is one.
 */
public final class IpamCheck {
  /** Number of listings. */
  public static final int READS = 8;

  private final Map<Ip, List<Allocation>> allocations = new TreeMap<>();
  private final Map<Ip, List<String>> users = new TreeMap<>();
  private final Map<String, Map<Cidr, Integer>> held = new TreeMap<>();
  private final Map<Cidr, String> invalidBlocks = new TreeMap<>();

  private final Datastore datastore;
  private final Runnable onRead;

  private IpamCheck(Datastore datastore, Runnable onRead) {
    this.datastore = datastore;
    this.onRead = onRead;
  }

  /** Runs it. */
  public static CheckResult run(Datastore datastore, Instant now) {
    return run(datastore, now, () -> {});
  }

  /**
   * Runs it.
   *
   * @param onRead called after each of {@link #READS} listings
   */
  public static CheckResult run(Datastore datastore, Instant now, Runnable onRead) {
    return new IpamCheck(datastore, onRead).check(now);
  }

  private <V> List<Entry<V>> read(Query<V> query) {
    List<Entry<V>> entries = datastore.list(query).entries();
    onRead.run();
    return entries;
  }

  private CheckResult check(Instant now) {
    List<Entry<AllocationBlock>> stored = read(new Query.Blocks(null));
    List<AllocationBlock> blocks =
        stored.stream()
            .map(Entry::value)
            .sorted(Comparator.comparing(AllocationBlock::cidr))
            .toList();
    List<Entry<IpamHandle>> handles = read(new Query.Handles());
    List<Entry<BlockAffinity>> affinities = new ArrayList<>();
    Query.Affinities.all(null).forEach(query -> affinities.addAll(read(query)));
    List<IpPoolSpec> pools =
        read(Query.all(Kinds.IP_POOL)).stream().map(e -> e.value().spec()).toList();
    Set<String> nodes = new HashSet<>();
    for (Entry<Resource<NodeSpec>> node : read(Query.all(Kinds.NODE))) {
      nodes.add(node.value().metadata().name());
      tunnelAddresses(node.value().spec())
          .forEach(a -> uses("Node(" + node.value().metadata().name() + ")", a));
    }
    int nodeAddresses = users.size();
    int workloadAddresses = 0;
    for (Entry<Resource<WorkloadEndpointSpec>> e : read(Query.all(Kinds.WORKLOAD_ENDPOINT))) {
      var m = e.value().metadata();
      List<String> networks = e.value().spec().ipNetworks();
      for (String network : networks == null ? List.<String>of() : networks) {
        uses("Workload(" + m.namespace() + "/" + m.name() + ")", network);
        workloadAddresses++;
      }
    }
    int cooldown =
        read(new Query.Config()).stream()
            .map(e -> e.value().ipCooldownSeconds())
            .findFirst()
            .orElse(0);
    for (AllocationBlock block : blocks) {
      String invalid = BlockStructure.problem(block, now);
      if (invalid != null) {
        invalidBlocks.put(block.cidr(), invalid);
      }
      for (int ordinal = 0; ordinal < block.allocations().size(); ordinal++) {
        Integer index = block.allocations().get(ordinal);
        if (index != null) {
          allocated(block, ordinal, index);
        }
      }
    }
    return new CheckResult(
        blocks,
        cidrs(pools.stream().filter(p -> !Boolean.TRUE.equals(p.disabled()))),
        nodeAddresses,
        workloadAddresses,
        allocations,
        users,
        HandleCheck.of(held, handles),
        new ClaimCheck(
                nodes,
                cidrs(pools.stream()),
                b ->
                    !invalidBlocks.containsKey(b.cidr())
                        && new BlockEdit(b, now, cooldown).isEmpty())
            .leaks(stored, affinities),
        invalidBlocks);
  }

  private static List<Cidr> cidrs(Stream<IpPoolSpec> pools) {
    return pools.map(IpPoolSpec::cidr).map(Cidr::parse).sorted().toList();
  }

  private void uses(String user, String address) {
    InterfaceAddress parsed = address.contains("/") ? InterfaceAddress.tryParse(address) : null;
    Ip ip = parsed == null ? Ip.tryParse(address) : parsed.ip();
    if (ip != null) {
      users.computeIfAbsent(ip, _ -> new ArrayList<>()).add(user);
    }
  }

  private static Stream<String> tunnelAddresses(NodeSpec node) {
    NodeSpec.Bgp bgp = node.bgp();
    NodeSpec.Wireguard wireguard = node.wireguard();
    Stream.Builder<@Nullable String> all = Stream.builder();
    all.add(node.ipv4VXLANTunnelAddr()).add(node.ipv6VXLANTunnelAddr());
    if (bgp != null) {
      all.add(bgp.ipv4IPIPTunnelAddr());
    }
    if (wireguard != null) {
      all.add(wireguard.interfaceIPv4Address()).add(wireguard.interfaceIPv6Address());
    }
    return all.build().flatMap(a -> a == null || a.isEmpty() ? Stream.of() : Stream.of(a));
  }

  private void allocated(AllocationBlock block, int ordinal, int index) {
    Ip ip = block.cidr().address().plus(ordinal);
    Attribute attribute =
        index >= 0 && index < block.attributes().size()
            ? block.attributes().get(index)
            : new Attribute(null, Map.of(), null, Unknown.NONE);
    String handle = BlockEdit.plainHandle(attribute.handleId());
    Owner affinity = Owner.parse(block.affinity());
    String owner = affinity == null || !affinity.isHost() ? "" : affinity.name();
    String node = attribute.secondary().getOrDefault("node", owner);
    List<String> owners = new ArrayList<>(users.getOrDefault(ip, List.of()));
    boolean windows = BlockEdit.WINDOWS_HANDLE.equalsIgnoreCase(handle);
    if (windows) {
      owners.add("Reserved for Windows");
    } else if (handle != null) {
      held.computeIfAbsent(handle, _ -> new TreeMap<>()).merge(block.cidr(), 1, Integer::sum);
    }
    if (affinity != null && affinity.type().equals("virtual")) {
      // Who uses it is known to the orchestrator only.
      owners.add("Service");
    }
    allocations
        .computeIfAbsent(ip, _ -> new ArrayList<>())
        .add(
            new Allocation(
                ip,
                block.cidr(),
                windows ? null : handle,
                block.sequenceNumberForAllocation().getOrDefault(ordinal, 0L),
                attribute.secondary(),
                node,
                !node.equals(owner),
                attribute.releasedAt() != null,
                List.copyOf(owners)));
  }
}
