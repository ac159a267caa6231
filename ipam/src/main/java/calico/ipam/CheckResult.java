package calico.ipam;

import calico.model.Cidr;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import java.util.List;
import java.util.Map;

/**
 * What {@link IpamCheck} found.
 *
 * @param pools prefixes of those that are not disabled
 * @param nodeAddresses number of nodes' tunnel addresses
 * @param workloadAddresses number of workloads' addresses
 * @param allocations in the order of addresses; more than one of an address if blocks overlap
 * @param users who uses each address, allocated or not
 * @param blockLeaks affinities and blocks that are not in order
 * @param invalidBlocks what is wrong with each
 */
public record CheckResult(
    List<AllocationBlock> blocks,
    List<Cidr> pools,
    int nodeAddresses,
    int workloadAddresses,
    Map<Ip, List<Allocation>> allocations,
    Map<Ip, List<String>> users,
    HandleCheck handles,
    List<BlockLeak> blockLeaks,
    Map<Cidr, String> invalidBlocks) {

  /** Allocated, but used by nobody. */
  public List<Allocation> leaked() {
    return allocations.values().stream()
        .filter(same -> same.stream().allMatch(Allocation::leaked))
        .flatMap(List::stream)
        .toList();
  }

  /** Allocated in more than one block. */
  public List<Ip> allocatedTwice() {
    return allocations.entrySet().stream()
        .filter(e -> e.getValue().size() > 1)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Used by more than one. */
  public List<Ip> shared() {
    return users.entrySet().stream()
        .filter(e -> e.getValue().size() > 1)
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * Used without being allocated.
   *
   * @param inPools those that are in one of the pools, or else those that are in none
   */
  public List<Ip> notAllocated(boolean inPools) {
    return users.keySet().stream()
        .filter(ip -> !allocations.containsKey(ip))
        .filter(ip -> pools.stream().anyMatch(p -> p.contains(ip)) == inPools)
        .toList();
  }

  public int problems() {
    return leaked().size()
        + allocatedTwice().size()
        + shared().size()
        + notAllocated(true).size()
        + notAllocated(false).size()
        + handles.leaked().size()
        + handles.missing().size()
        + handles.miscounted().size()
        + blockLeaks.size()
        + invalidBlocks.size();
  }
}
