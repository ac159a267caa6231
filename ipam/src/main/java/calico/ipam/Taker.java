package calico.ipam;

import calico.model.Cidr;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Takes addresses out of blocks: counts them in the handle first, then writes the blocks, then
 * takes back what was counted too much.
 */
final class Taker {
  private final Tools tools;
  private final AssignRequest request;
  private final Owner owner;
  private final Terms terms;

  Taker(Tools tools, AssignRequest request, Terms terms) {
    this.tools = tools;
    this.request = request;
    this.owner = Owner.of(request.host(), request.use());
    this.terms = terms;
  }

  /**
   * Takes what was promised, or less if others were faster.
   *
   * @param promised number of addresses by block, see {@link BlockWriter#promise}
   * @param onlyOwn whether to take nothing of a block that turns out to be another's
   */
  List<InterfaceAddress> take(Map<BlockWriter, Integer> promised, boolean onlyOwn) {
    Map<BlockWriter, Integer> left = new LinkedHashMap<>(promised);
    Map<Cidr, Integer> counted = new TreeMap<>();
    promised.forEach((block, count) -> counted.put(block.cidr(), count));
    List<InterfaceAddress> taken = new ArrayList<>();
    try {
      tools.handles().increment(request.handleId(), counted);
      promised.forEach(
          (block, count) -> {
            left.remove(block);
            List<Ip> ips = take(block, count, onlyOwn);
            ips.forEach(ip -> taken.add(new InterfaceAddress(ip, block.cidr().length())));
            counted.computeIfPresent(
                block.cidr(), (_, n) -> n > ips.size() ? n - ips.size() : null);
          });
    } finally {
      left.forEach(BlockWriter::withdraw);
    }
    tools.handles().decrement(request.handleId(), counted);
    return taken;
  }

  private List<Ip> take(BlockWriter block, int count, boolean onlyOwn) {
    List<Ip> ips =
        block
            .change(
                terms.config(),
                count,
                edit ->
                    onlyOwn && !owner.owns(edit.affinity())
                        ? List.<Ip>of()
                        : edit.autoAssign(
                            count, request.handleId(), request.attributes(), terms.reservations()))
            .orElse(List.of());
    if (ips.isEmpty()) {
      tools.known().forget(block.cidr());
    }
    return ips;
  }
}
