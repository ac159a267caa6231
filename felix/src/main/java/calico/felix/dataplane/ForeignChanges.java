package calico.felix.dataplane;

import calico.netlink.nftables.Nftables;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Tells commits of others from our own: every commit to nf_tables raises the ruleset's generation,
 * and is announced with its number.
 */
final class ForeignChanges {
  private static final int REMEMBERED = 1024;

  private final Set<Integer> own =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
              return size() > REMEMBERED;
            }
          });

  /**
   * To be called after each commit of ours, before anything of the loop's looks at an announcement.
   */
  void committed(Nftables nftables) {
    own.add(nftables.generation());
  }

  /** Whether somebody else's commit made that generation. */
  boolean isForeign(int generation) {
    return !own.remove(generation);
  }
}
