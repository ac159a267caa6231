package calico.ipam;

import calico.model.Family;
import calico.model.InterfaceAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Serves a request out of blocks that its host is known to have, without reading anything: one
 * write of the handle, one of each block.
 */
final class ShortPath {
  private final Taker taker;
  private final Map<BlockWriter, Integer> promised;

  private ShortPath(Taker taker, Map<BlockWriter, Integer> promised) {
    this.taker = taker;
    this.promised = promised;
  }

  /**
   * Sets aside all that is asked for, for {@link #take}; empty if the known blocks have too little.
   */
  static Optional<ShortPath> find(Tools tools, AssignRequest request, WatchedTerms.Snapshot terms) {
    Map<String, String> labels = request.labels(terms);
    if (labels == null) {
      return Optional.empty();
    }
    Map<BlockWriter, Integer> promised = new LinkedHashMap<>();
    for (Family family : Family.values()) {
      int missing = request.counts().getOrDefault(family, 0);
      if (missing > 0 && !promise(tools, request, terms, family, labels, promised)) {
        promised.forEach(BlockWriter::withdraw);
        return Optional.empty();
      }
    }
    return Optional.of(new ShortPath(new Taker(tools, request, terms), promised));
  }

  /** Takes it; less if other processes were faster. */
  List<InterfaceAddress> take() {
    return promised.isEmpty() ? List.of() : taker.take(promised, true);
  }

  private static boolean promise(
      Tools tools,
      AssignRequest request,
      WatchedTerms.Snapshot terms,
      Family family,
      Map<String, String> labels,
      Map<BlockWriter, Integer> promised) {
    PoolChoice choice;
    try {
      choice = PoolChoice.choose(terms.pools(), request, family, labels);
    } catch (IpamException _) {
      return false; // what is in the datastore may be newer
    }
    int missing = request.counts().getOrDefault(family, 0);
    for (BlockWriter block : tools.known().of(family)) {
      if (missing > 0
          && !terms.leaving().contains(block.cidr())
          && PoolChoice.containing(choice.pools(), block.cidr().address()) != null) {
        int granted = block.promise(missing, terms);
        if (granted > 0) {
          promised.put(block, granted);
          missing -= granted;
        }
      }
    }
    return missing == 0;
  }
}
