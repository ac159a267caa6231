package calico.felix.monitor;

import calico.felix.monitor.ObjectProblems.Subject;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.key.StatusKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of the datastore's stream and of the calculation. Can be used by any thread. */
public final class CalcMetrics {

  /** How far the datastore's stream is, with upstream's numbers. */
  public enum ResyncState {
    NOT_STARTED(0),
    WAIT_FOR_DATASTORE(1),
    RESYNC_IN_PROGRESS(2),
    IN_SYNC(3);

    private final int number;

    ResyncState(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  /** Upstream's names for the keys that it has types for. */
  private static final Map<Kind<?>, String> KEY_TYPES =
      Map.ofEntries(
          Map.entry(Kinds.GLOBAL_NETWORK_POLICY, "PolicyKey"),
          Map.entry(Kinds.NETWORK_POLICY, "PolicyKey"),
          Map.entry(Kinds.PROFILE, "ProfileRulesKey"),
          Map.entry(Kinds.TIER, "TierKey"),
          Map.entry(Kinds.WORKLOAD_ENDPOINT, "WorkloadEndpointKey"),
          Map.entry(Kinds.HOST_ENDPOINT, "HostEndpointKey"),
          Map.entry(Kinds.GLOBAL_NETWORK_SET, "NetworkSetKey"),
          Map.entry(Kinds.NETWORK_SET, "NetworkSetKey"),
          Map.entry(Kinds.IP_POOL, "IPPoolKey"));

  private final ObjectProblems invalid = new ObjectProblems();
  private final Tally updates = new Tally();
  private final LongAdder outputEvents = new LongAdder();
  private final LongAdder resyncs = new LongAdder();
  private final Observations updateTime = new Observations();
  private final Latency toKernel = new Latency();
  private volatile ResyncState state = ResyncState.NOT_STARTED;
  private volatile GraphSize size = GraphSize.NOTHING;

  /** The stream's state is another. */
  public void state(ResyncState now) {
    state = now;
    if (now == ResyncState.RESYNC_IN_PROGRESS) {
      resyncs.increment();
    }
  }

  /**
   * The stream brought an object, or that it is gone.
   *
   * @param usable whether it is not ignored as invalid
   */
  public void told(Key<?> key, boolean usable) {
    if (usable && invalid.isEmpty()) {
      return;
    }
    if (key instanceof ResourceKey<?> resource) {
      String namespace = resource.namespace() == null ? "" : resource.namespace();
      Subject subject = new Subject(resource.kind().name(), namespace, resource.name());
      if (usable) {
        invalid.remove(subject);
      } else {
        invalid.put(subject, "invalid");
      }
    }
  }

  /** The calculation took a change of that key's value. */
  public void updated(Key<?> key) {
    updates.increment(
        switch (key) {
          case ResourceKey<?> resource -> KEY_TYPES.getOrDefault(resource.kind(), "ResourceKey");
          case IpamKey.Block _ -> "BlockKey";
          case IpamKey<?> _, StatusKey<?> _ -> "OtherKey";
        });
  }

  /** The calculation took so many changes, and was done with them. */
  public void emitted(int changes, GraphSize now) {
    outputEvents.add(changes);
    size = now;
  }

  /** Objects of the datastore that are ignored because they are not valid. */
  ObjectProblems invalid() {
    return invalid;
  }

  /** Changes of the datastore, by upstream's names of keys. */
  Tally updates() {
    return updates;
  }

  /** Seconds that the calculation takes for a batch of changes. */
  public Observations updateTime() {
    return updateTime;
  }

  /** Time from a change in the datastore's stream until the kernel has what follows from it. */
  public Latency toKernel() {
    return toKernel;
  }

  ResyncState state() {
    return state;
  }

  GraphSize size() {
    return size;
  }

  long outputEvents() {
    return outputEvents.sum();
  }

  long resyncs() {
    return resyncs.sum();
  }
}
