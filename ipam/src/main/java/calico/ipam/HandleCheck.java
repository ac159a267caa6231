package calico.ipam;

import calico.datastore.Entry;
import calico.datastore.Revision;
import calico.model.Cidr;
import calico.model.ipam.IpamHandle;
import calico.model.key.IpamKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Handles compared with the blocks that they count in.
 *
 * @param leaked of which no block knows anything, with their revisions
 * @param missing that blocks name and that do not exist
 * @param miscounted that count fewer addresses in a block than it has, one sentence each; counting
 *     more is normal while an allocation is under way
 * @param good number of those of which blocks know
 */
public record HandleCheck(
    Map<String, Revision> leaked, List<String> missing, List<String> miscounted, int good) {

  static HandleCheck of(Map<String, Map<Cidr, Integer>> held, List<Entry<IpamHandle>> handles) {
    Map<String, IpamHandle> stored = new TreeMap<>();
    Map<String, Revision> leaked = new TreeMap<>();
    for (Entry<IpamHandle> e : handles) {
      String id = ((IpamKey.Handle) e.key()).id();
      stored.put(id, e.value());
      if (!held.containsKey(id)) {
        leaked.put(id, e.revision());
      }
    }
    List<String> missing = new ArrayList<>();
    List<String> miscounted = new ArrayList<>();
    held.forEach(
        (id, blocks) -> {
          IpamHandle handle = stored.get(id);
          if (handle == null) {
            missing.add(id);
            return;
          }
          blocks.forEach(
              (cidr, count) -> {
                int counted = handle.blocks().getOrDefault(cidr, 0);
                if (counted < count) {
                  miscounted.add(
                      "handle %s counts %d in block %s, which has %d"
                          .formatted(id, counted, cidr, count));
                }
              });
        });
    return new HandleCheck(leaked, missing, miscounted, stored.size() - leaked.size());
  }
}
