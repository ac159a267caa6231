package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The chains of lists of policies. To name one takes as long as the list is, and many endpoints
 * have the same one; so those that were asked for last are remembered. Not thread-safe.
 */
final class ListNames {
  private static final int REMEMBERED = 256;

  private final Map<PolicyList, ChainKey> names =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PolicyList, ChainKey> eldest) {
          return size() > REMEMBERED;
        }
      };

  ChainKey of(PolicyList list) {
    return names.computeIfAbsent(list, PolicyList::key);
  }
}
