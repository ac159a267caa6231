package calico.ipam;

import calico.model.Family;
import calico.model.InterfaceAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Serves a request out of blocks that its host is known to have, without reading anything: one
 * write of the handle, one of each block.
 */
final class ShortPath {
  private final Taker taker;
  private final List<Promise> promised;

  private ShortPath(Taker taker, List<Promise> promised) {
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
    List<Promise> promised = new ArrayList<>();
    for (Family family : Family.values()) {
      int missing = request.counts().getOrDefault(family, 0);
      if (missing > 0 && !promise(tools, request, terms, family, labels, promised)) {
        promised.forEach(Promise::withdraw);
        return Optional.empty();
      }
    }
    return Optional.of(new ShortPath(new Taker(tools, request, terms), promised));
  }

  /** Takes it; less if other processes were faster. */
  List<InterfaceAddress> take() {
    return promised.isEmpty() ? List.of() : taker.take(promised);
  }

  private static boolean promise(
      Tools tools,
      AssignRequest request,
      WatchedTerms.Snapshot terms,
      Family family,
      Map<String, String> labels,
      List<Promise> promised) {
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
        missing -= promise(block, missing, false, terms, promised);
      }
    }
    if (missing > 0 && !terms.config().strictAffinity() && terms.config().autoAllocateBlocks()) {
      Instant now = tools.clock().instant();
      for (BlockWriter lender : tools.known().lenders(family, choice.pools(), now)) {
        missing -= promise(lender, missing, true, terms, promised);
      }
    }
    return missing == 0;
  }

  private static int promise(
      BlockWriter block,
      int most,
      boolean borrowed,
      WatchedTerms.Snapshot terms,
      List<Promise> promised) {
    int granted = block.promise(most, terms);
    if (granted > 0) {
      promised.add(new Promise(block, granted, borrowed));
    }
    return granted;
  }
}
