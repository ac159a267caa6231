package calico.felix.dataplane;

import calico.felix.monitor.DataplaneMetrics;
import calico.felix.monitor.DataplaneMetrics.TableSize;
import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.NftObject.NftSet;
import calico.model.Family;
import calico.reconcile.Target;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A table that counts what is done to it and what it holds. Costs what a batch changes; only
 * reading back looks at everything, as that does anyway.
 */
final class CountedTable implements Target<NftKey, NftObject> {
  private final Family family;
  private final Target<NftKey, NftObject> table;
  private final DataplaneMetrics metrics;

  /** How many rules each chain has. */
  private final Map<ChainKey, Integer> chains = new HashMap<>();

  private final Set<SetKey> sets = new HashSet<>();
  private final Set<SetKey> maps = new HashSet<>();
  private int rules;

  CountedTable(Family family, Target<NftKey, NftObject> table, DataplaneMetrics metrics) {
    this.family = family;
    this.table = table;
    this.metrics = metrics;
  }

  @Override
  public boolean isUntouched() throws Exception {
    return table.isUntouched();
  }

  @Override
  public Map<NftKey, NftObject> list() throws Exception {
    boolean successful = false;
    try {
      Map<NftKey, NftObject> found = table.list();
      successful = true;
      chains.clear();
      sets.clear();
      maps.clear();
      rules = 0;
      found.forEach(this::count);
      tell();
      return found;
    } finally {
      metrics.lists().made(successful);
    }
  }

  @Override
  public Map<NftKey, Exception> apply(Map<NftKey, NftObject> updates, Set<NftKey> deletions)
      throws Exception {
    boolean successful = false;
    try {
      Map<NftKey, Exception> failed = table.apply(updates, deletions);
      successful = failed.isEmpty();
      deletions.forEach(key -> count(key, failed.containsKey(key)));
      updates.forEach(
          (key, object) -> {
            if (!failed.containsKey(key)) {
              count(key, object);
            }
          });
      tell();
      return failed;
    } finally {
      metrics.writes().made(successful);
    }
  }

  private void count(NftKey key, NftObject object) {
    if (key instanceof ChainKey chain && object instanceof NftChain content) {
      Integer before = chains.put(chain, content.rules().size());
      rules += content.rules().size() - (before == null ? 0 : before);
    } else if (key instanceof SetKey set && object instanceof NftSet content) {
      (content.spec().target() == null ? sets : maps).add(set);
    }
  }

  /** A key was to be deleted. */
  private void count(NftKey key, boolean stillThere) {
    if (stillThere) {
      return;
    }
    if (key instanceof ChainKey chain) {
      Integer before = chains.remove(chain);
      rules -= before == null ? 0 : before;
    } else if (key instanceof SetKey set) {
      sets.remove(set);
      maps.remove(set);
    }
  }

  private void tell() {
    metrics.table(family, new TableSize(chains.size(), rules, sets.size(), maps.size()));
  }
}
