package calico.confd;

import calico.model.Cidr;
import calico.model.ipam.BlockAffinity;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.key.StatusKey;
import calico.model.resource.BgpConfigurationSpec;
import calico.model.resource.BgpFilterSpec;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything in the datastore that decides one node's BGP configuration. Immutable; the maps are by
 * name of the resource.
 *
 * @param undecodable what is there besides, and why it counts as if it were not
 * @param ownBlocks the blocks that this node holds for certain
 * @param secrets the passwords that are known of those that {@link Secrets#wanted} names
 * @param workloads this node's workloads that are BGP peers
 * @param refused what the daemon is known to refuse, and its words
 */
public record BgpState(
    SortedMap<String, Resource<NodeSpec>> nodes,
    SortedMap<String, Resource<IpPoolSpec>> pools,
    SortedMap<String, Resource<BgpPeerSpec>> peers,
    SortedMap<String, Resource<BgpConfigurationSpec>> configurations,
    SortedMap<String, Resource<BgpFilterSpec>> filters,
    Map<ResourceKey<?>, Problem> undecodable,
    SortedSet<Cidr> ownBlocks,
    Map<Secrets.Entry, String> secrets,
    SortedSet<WorkloadPeerFiles.Entry> workloads,
    Map<ResourceKey<?>, Problem> refused) {

  public BgpState {
    nodes = Collections.unmodifiableSortedMap(new TreeMap<>(nodes));
    pools = Collections.unmodifiableSortedMap(new TreeMap<>(pools));
    peers = Collections.unmodifiableSortedMap(new TreeMap<>(peers));
    configurations = Collections.unmodifiableSortedMap(new TreeMap<>(configurations));
    filters = Collections.unmodifiableSortedMap(new TreeMap<>(filters));
    undecodable = Map.copyOf(undecodable);
    ownBlocks = Collections.unmodifiableSortedSet(new TreeSet<>(ownBlocks));
    secrets = Map.copyOf(secrets);
    workloads = Collections.unmodifiableSortedSet(new TreeSet<>(workloads));
    refused = Map.copyOf(refused);
  }

  /** This state with what files say. */
  BgpState with(
      Map<Secrets.Entry, String> knownSecrets, Collection<WorkloadPeerFiles.Entry> knownWorkloads) {
    return new BgpState(
        nodes,
        pools,
        peers,
        configurations,
        filters,
        undecodable,
        ownBlocks,
        knownSecrets,
        new TreeSet<>(knownWorkloads),
        refused);
  }

  /** This state without peers that the daemon refuses; refused filters reject. */
  BgpState refusing(Map<ResourceKey<?>, Problem> faulty) {
    SortedMap<String, Resource<BgpPeerSpec>> rest = new TreeMap<>(peers);
    rest.values().removeIf(peer -> faulty.containsKey(ResourceKey.of(peer)));
    return new BgpState(
        nodes,
        pools,
        rest,
        configurations,
        filters,
        undecodable,
        ownBlocks,
        secrets,
        workloads,
        faulty);
  }

  /** Gathers a state from entries as they come and go. Not thread-safe. */
  public static final class Builder {
    private final String nodeName;
    private final TreeMap<String, Resource<NodeSpec>> nodes = new TreeMap<>();
    private final TreeMap<String, Resource<IpPoolSpec>> pools = new TreeMap<>();
    private final TreeMap<String, Resource<BgpPeerSpec>> peers = new TreeMap<>();
    private final TreeMap<String, Resource<BgpConfigurationSpec>> configurations = new TreeMap<>();
    private final TreeMap<String, Resource<BgpFilterSpec>> filters = new TreeMap<>();
    private final Map<ResourceKey<?>, Problem> undecodable = new HashMap<>();
    private final TreeSet<Cidr> ownBlocks = new TreeSet<>();

    /**
     * @param nodeName whose blocks are "own"
     */
    public Builder(String nodeName) {
      this.nodeName = nodeName;
    }

    /** Takes in a resource. */
    public <S> Builder put(Resource<S> resource) {
      update(ResourceKey.of(resource), resource);
      return this;
    }

    /** Takes in a change; keys that BGP does not depend on are passed over. Null deletes. */
    public <V> void update(Key<V> key, @Nullable V value) {
      switch (key) {
        case ResourceKey<?> r -> {
          undecodable.remove(r);
          updateResources(nodes, Kinds.NODE, r, value);
          updateResources(pools, Kinds.IP_POOL, r, value);
          updateResources(peers, Kinds.BGP_PEER, r, value);
          updateResources(configurations, Kinds.BGP_CONFIGURATION, r, value);
          updateResources(filters, Kinds.BGP_FILTER, r, value);
        }
        case IpamKey.Affinity affinity -> updateAffinity(affinity, value);
        case IpamKey.Block _, IpamKey.Handle _, IpamKey.Config _ -> {}
        case StatusKey<?> _ -> {}
      }
    }

    /** Takes in that there is a value which cannot be decoded; of resources the problem counts. */
    public void undecodable(Key<?> key, Problem problem) {
      update(key, null);
      if (key instanceof ResourceKey<?> r) {
        undecodable.put(r, problem);
      }
    }

    @SuppressWarnings("unchecked") // a ResourceKey of kind K holds a Resource of kind K
    private static <S> void updateResources(
        SortedMap<String, Resource<S>> map,
        Kind<S> kind,
        ResourceKey<?> key,
        @Nullable Object value) {
      if (!key.kind().equals(kind)) {
        return;
      }
      if (value == null) {
        map.remove(key.name());
      } else {
        map.put(key.name(), (Resource<S>) value);
      }
    }

    /** A claim that is pending, or about to be given up, advertises nothing. */
    private void updateAffinity(IpamKey.Affinity key, @Nullable Object value) {
      if (!key.affinityType().equals("host") || !key.host().equals(nodeName)) {
        return;
      }
      boolean held =
          value instanceof BlockAffinity(String state, boolean deleted)
              && !deleted
              && (state.isEmpty() || state.equals("confirmed"));
      if (held) {
        ownBlocks.add(key.cidr());
      } else {
        ownBlocks.remove(key.cidr());
      }
    }

    public BgpState build() {
      return new BgpState(
          nodes,
          pools,
          peers,
          configurations,
          filters,
          undecodable,
          ownBlocks,
          Map.of(),
          new TreeSet<>(),
          Map.of());
    }
  }
}
