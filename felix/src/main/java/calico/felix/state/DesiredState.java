package calico.felix.state;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A node's whole desired state. Mutable: {@link #accept} applies one change. For oracles and tests.
 */
public final class DesiredState {
  private final Map<StateKey<?>, Object> values = new HashMap<>();

  /** Applies one change. */
  public void accept(StateChange change) {
    switch (change) {
      case StateChange.Put<?> put -> values.put(put.key(), put.value());
      case StateChange.Removed removed -> values.remove(removed.key());
      case StateChange.InSync _ -> {}
      case StateChange.MembersChanged m -> {
        AddressSet old = (AddressSet) values.get(m.set());
        if (old == null) {
          throw new IllegalStateException("members changed of " + m.set() + ", which is not there");
        }
        Set<AddressSet.Member> members = new HashSet<>(old.members());
        members.removeAll(m.removed());
        members.addAll(m.added());
        values.put(m.set(), new AddressSet(old.type(), members));
      }
    }
  }

  public Map<StateKey<?>, Object> values() {
    return values;
  }
}
