package calico.ipam;

import calico.model.Cidr;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import java.util.ArrayList;
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
   * @param promises nothing is taken of a block that turns out to be another's, unless it is
   *     borrowed
   */
  List<InterfaceAddress> take(List<Promise> promises) {
    List<Promise> left = new ArrayList<>(promises);
    Map<Cidr, Integer> counted = new TreeMap<>();
    promises.forEach(p -> counted.merge(p.block().cidr(), p.count(), Integer::sum));
    List<InterfaceAddress> taken = new ArrayList<>();
    try {
      tools.handles().increment(request.handleId(), counted);
      for (Promise promise : promises) {
        left.removeFirst();
        Cidr block = promise.block().cidr();
        List<Ip> ips = take(promise);
        ips.forEach(ip -> taken.add(new InterfaceAddress(ip, block.length())));
        counted.computeIfPresent(block, (_, n) -> n > ips.size() ? n - ips.size() : null);
      }
    } finally {
      left.forEach(Promise::withdraw);
    }
    tools.handles().decrement(request.handleId(), counted);
    return taken;
  }

  private List<Ip> take(Promise promise) {
    BlockWriter block = promise.block();
    List<Ip> ips =
        block
            .change(
                terms.config(),
                promise.count(),
                edit ->
                    promise.borrowed() || owner.owns(edit.affinity())
                        ? edit.autoAssign(
                            promise.count(),
                            request.handleId(),
                            request.attributes(),
                            terms.reservations())
                        : List.<Ip>of())
            .orElse(List.of());
    if (ips.isEmpty()) {
      tools.known().forget(block.cidr());
    }
    return ips;
  }
}
