package calico.systemtest;

import calico.datastore.SyncListener;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a Syncer tells of {@link EtcdWrites}, and what is wrong with it: a state told twice,
 * or an older one after a newer one.
 */
final class EtcdWatcher implements SyncListener {
  private final Map<String, String> state = new HashMap<>();
  private final Map<String, Integer> newest = new HashMap<>();
  private final List<String> faults = new ArrayList<>();
  private int inSyncs;
  private int updates;

  @Override
  public synchronized void onStatus(Status status) {
    inSyncs += status == Status.IN_SYNC ? 1 : 0;
  }

  @Override
  @SuppressWarnings("unchecked") // only network sets are watched
  public synchronized <V> void onUpdate(Key<V> key, @Nullable V value) {
    String name = ((ResourceKey<?>) key).name();
    updates++;
    if (value == null) {
      if (state.remove(name) == null) {
        faults.add(name + " deleted twice");
      }
      return;
    }
    String text = EtcdWrites.text((Resource<NetworkSetSpec>) value);
    int serial = EtcdWrites.serial(text);
    Integer before = newest.put(name, serial);
    if (before != null && before >= serial) {
      faults.add(name + " has " + serial + " after " + before);
    }
    state.put(name, text);
  }

  synchronized boolean has(Map<String, String> expected) {
    return state.equals(expected);
  }

  synchronized boolean inSync() {
    return inSyncs == 1;
  }

  synchronized List<String> faults() {
    return List.copyOf(faults);
  }

  synchronized int updates() {
    return updates;
  }

  /** The first few keys that are not as expected. */
  synchronized String difference(Map<String, String> expected) {
    List<String> out = new ArrayList<>();
    expected.forEach(
        (name, text) -> {
          if (!text.equals(state.get(name))) {
            out.add(name + " is " + state.get(name) + " instead of " + text);
          }
        });
    state.keySet().stream().filter(n -> !expected.containsKey(n)).forEach(n -> out.add(n + " is"));
    return out.size() + " differ: " + out.subList(0, Math.min(5, out.size()));
  }
}
