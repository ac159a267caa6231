package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.ElementKey;
import calico.felix.rules.NftObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Takes out of a table the elements that lie inside of others of the same set. */
final class Overlaps {
  private Overlaps() {}

  static Map<NftKey, NftObject> without(Map<NftKey, NftObject> table) {
    Map<NftKey, NftObject> result = new HashMap<>(table);
    Map<String, List<ElementKey>> elements =
        table.keySet().stream()
            .filter(ElementKey.class::isInstance)
            .map(ElementKey.class::cast)
            .collect(Collectors.groupingBy(ElementKey::set));
    for (List<ElementKey> members : elements.values()) {
      for (ElementKey inner : members) {
        for (ElementKey outer : members) {
          if (!inner.equals(outer)
              && outer.from().compareTo(inner.from()) <= 0
              && inner.to().compareTo(outer.to()) <= 0) {
            result.remove(inner);
          }
        }
      }
    }
    return result;
  }
}
