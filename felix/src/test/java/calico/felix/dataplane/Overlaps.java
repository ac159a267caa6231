package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftObject;
import java.util.HashMap;
import java.util.Map;

/** Takes out of a table the elements that lie inside of others of the same set. */
final class Overlaps {
  private Overlaps() {}

  static Map<NftKey, NftObject> without(Map<NftKey, NftObject> table) {
    Map<NftKey, NftObject> result = new HashMap<>(table);
    for (NftKey key : table.keySet()) {
      for (NftKey other : table.keySet()) {
        if (key instanceof NftKey.ElementKey a
            && other instanceof NftKey.ElementKey b
            && a.set().equals(b.set())
            && !a.equals(b)
            && b.from().compareTo(a.from()) <= 0
            && a.to().compareTo(b.to()) <= 0) {
          result.remove(a);
        }
      }
    }
    return result;
  }
}
