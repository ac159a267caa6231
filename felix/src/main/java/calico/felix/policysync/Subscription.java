package calico.felix.policysync;

import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.Endpoint;
import calico.felix.state.StateKey.PolicyId;
import calico.felix.state.StateKey.ProfileId;
import calico.felix.state.StateKey.SetId;
import calico.policysync.ToDataplane;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What one client has of its workload's state, and how far it is behind. Sends the difference as
 * the client takes it. Of the loop.
 */
final class Subscription {

  /** The stream to a client. */
  interface Client {
    /** Whether what is sent goes out soon, rather than being kept in memory. */
    boolean isReady();

    void send(ToDataplane message);

    /** Ends the stream after what has been sent. */
    void end();
  }

  /** In place of a set of which the client has so little that it is sent anew. */
  private static final Object OUTDATED = new Object();

  private final Endpoint endpoint;
  private final NodeState state;
  private final Identities identities;
  private final Client client;

  /** What the client has, in the order in which it came; of sets which, not what is in them. */
  private final Map<StateKey<?>, Object> sent = new LinkedHashMap<>();

  /** Whether {@link #sent} may differ from what the endpoint needs. */
  private boolean stale = true;

  /** Of sets that the client has, the members that it is yet to gain (true) or lose. */
  private final Map<SetId, Map<Member, Boolean>> behind = new LinkedHashMap<>();

  /** Identities that have changed, each with whether the client knows it. */
  private final Map<Identity, Boolean> changed = new LinkedHashMap<>();

  private boolean inSyncSent;
  private boolean ended;

  Subscription(Endpoint endpoint, NodeState state, Identities identities, Client client) {
    this.endpoint = endpoint;
    this.state = state;
    this.identities = identities;
    this.client = client;
    identities.all().forEach(identity -> changed.put(identity, false));
  }

  /** The node's state has changed. */
  void onChange(StateChange change) {
    switch (change) {
      case StateChange.Put<?> put -> onChange(put.key());
      case StateChange.Removed removed -> onChange(removed.key());
      case StateChange.MembersChanged(SetId id, var added, var removed) -> {
        if (sent.get(id) instanceof SetMembers set) {
          Map<Member, Boolean> missing = behind.computeIfAbsent(id, _ -> new LinkedHashMap<>());
          removed.forEach(member -> owe(missing, member, false));
          added.forEach(member -> owe(missing, member, true));
          if (missing.size() > set.members.size()) {
            resend(id);
          }
        }
      }
      case StateChange.InSync _ -> {}
    }
  }

  private void onChange(StateKey<?> key) {
    stale |= key.equals(endpoint) || sent.containsKey(key);
  }

  /** What is owed both ways is owed no more. */
  private static void owe(Map<Member, Boolean> missing, Member member, boolean gained) {
    if (Boolean.valueOf(!gained).equals(missing.get(member))) {
      missing.remove(member);
    } else {
      missing.put(member, gained);
    }
  }

  /** Telling the difference would take more than telling all. */
  private void resend(SetId id) {
    behind.remove(id);
    sent.put(id, OUTDATED);
    stale = true;
  }

  /** A namespace or service account has changed. */
  void onChange(Identity identity, boolean known) {
    changed.putIfAbsent(identity, known);
  }

  /** Ends the client's stream. */
  void end() {
    if (!ended) {
      ended = true;
      client.end();
    }
  }

  boolean ended() {
    return ended;
  }

  /** Sends what the client is behind with, as long as it takes it. */
  void send() {
    if (!ended && sendState() && sendMembers() && sendIdentities() && !inSyncSent) {
      if (state.inSync()) {
        inSyncSent = true;
        client.send(Messages.inSync());
      }
    }
  }

  /** Each of these tells whether the client is up to date with its part. */
  private boolean sendState() {
    if (!stale) {
      return true;
    }
    Map<StateKey<?>, Object> needed = state.closure(endpoint);
    if (sent.containsKey(endpoint) && !needed.containsKey(endpoint)) {
      client.send(Messages.removed(endpoint));
      end(); // what the endpoint referred to goes with it
      return false;
    }
    for (Map.Entry<StateKey<?>, Object> e : needed.entrySet()) {
      if (!Objects.equals(sent.get(e.getKey()), e.getValue())) {
        if (!client.isReady()) {
          return false;
        }
        put(e.getKey(), e.getValue());
        sent.put(e.getKey(), e.getValue());
      }
    }
    // Rules refer to sets.
    stale =
        !(remove(key -> !(key instanceof SetId), needed)
            && remove(key -> key instanceof SetId, needed));
    return !stale;
  }

  private void put(StateKey<?> key, Object value) {
    Consumer<ToDataplane> out = client::send;
    switch (value) {
      case SetMembers set -> {
        behind.remove((SetId) key);
        Messages.set((SetId) key, set, out);
      }
      case Policy policy -> out.accept(Messages.policy((PolicyId) key, policy));
      case ProfileRules profile -> out.accept(Messages.profile((ProfileId) key, profile));
      case LocalEndpoint local -> out.accept(Messages.endpoint((Endpoint) key, local));
      default -> throw new IllegalStateException("a workload does not need " + key);
    }
  }

  private boolean remove(Predicate<StateKey<?>> which, Map<StateKey<?>, Object> needed) {
    for (StateKey<?> key : List.copyOf(sent.keySet())) {
      if (which.test(key) && !needed.containsKey(key)) {
        if (!client.isReady()) {
          return false;
        }
        client.send(Messages.removed(key));
        sent.remove(key);
        if (key instanceof SetId id) {
          behind.remove(id);
        }
      }
    }
    return true;
  }

  private boolean sendMembers() {
    Iterator<Map.Entry<SetId, Map<Member, Boolean>>> sets = behind.entrySet().iterator();
    while (sets.hasNext()) {
      if (!client.isReady()) {
        return false;
      }
      Map.Entry<SetId, Map<Member, Boolean>> e = sets.next();
      List<Member> added = new ArrayList<>();
      List<Member> removed = new ArrayList<>();
      e.getValue().forEach((member, gained) -> (gained ? added : removed).add(member));
      Messages.members(e.getKey(), added, removed, client::send);
      sets.remove();
    }
    return true;
  }

  private boolean sendIdentities() {
    Iterator<Map.Entry<Identity, Boolean>> all = changed.entrySet().iterator();
    while (all.hasNext()) {
      if (!client.isReady()) {
        return false;
      }
      Map.Entry<Identity, Boolean> e = all.next();
      Map<String, String> labels = identities.labels(e.getKey());
      if (labels != null) {
        client.send(Messages.identity(e.getKey(), labels));
      } else if (e.getValue()) {
        client.send(Messages.removed(e.getKey()));
      }
      all.remove();
    }
    return true;
  }
}
