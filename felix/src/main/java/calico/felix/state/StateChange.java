package calico.felix.state;

import java.util.Set;

/** One change of the desired state. */
public sealed interface StateChange {

  /** A thing is new or has a new value. */
  record Put<V>(StateKey<V> key, V value) implements StateChange {}

  /** A thing is no longer wanted. */
  record Removed(StateKey<?> key) implements StateChange {}

  /** A set that is already wanted gains and loses members. */
  record MembersChanged(
      StateKey.SetId set, Set<AddressSet.Member> added, Set<AddressSet.Member> removed)
      implements StateChange {}

  /** Everything that was in the datastore at start has been passed on; sent once. */
  record InSync() implements StateChange {}
}
