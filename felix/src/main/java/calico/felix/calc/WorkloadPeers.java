package calico.felix.calc;

import calico.felix.state.LocalEndpoint.BgpPeer;
import calico.model.Ip;
import calico.model.resource.BgpConfigurationSpec;
import calico.model.resource.BgpPeerSpec;
import calico.model.selector.Selector;
import calico.model.selector.SelectorSyntaxException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * With which workloads of a node its BGP daemon has sessions: those that a BGPPeer selects, if that
 * is for the node. Of several the first by name counts.
 *
 * @param <W> a workload, told apart by identity
 */
final class WorkloadPeers<W> {

  private static final class Item<W> extends LabelGroup.Item<String, Item<W>> {
    final W workload;
    final TreeSet<String> peers = new TreeSet<>();

    Item(W workload) {
      this.workload = workload;
    }
  }

  private final String node;
  private final Map<String, BgpPeerSpec> specs = new HashMap<>();
  private final Map<W, Item<W>> items = new HashMap<>();
  private final LabelIndex<String, Item<W>> index;
  private final Consumer<W> changed;
  private @Nullable Map<String, String> labels;
  private List<Ip> hostAddresses = List.of();

  /**
   * @param changed told of workloads whose peer may be another now
   */
  WorkloadPeers(String node, Profiles profiles, Consumer<W> changed) {
    this.node = node;
    this.changed = changed;
    this.index =
        new LabelIndex<>(
            profiles::labels,
            new LabelIndex.Listener<String, Item<W>>() {
              @Override
              public void matched(String peer, Item<W> item) {
                item.peers.add(peer);
                changed.accept(item.workload);
              }

              @Override
              public void unmatched(String peer, Item<W> item) {
                item.peers.remove(peer);
                changed.accept(item.workload);
              }
            });
  }

  /** A workload of this node, or what it is now. */
  void put(W workload, Addressed addressed) {
    index.put(items.computeIfAbsent(workload, Item::new), addressed.labels(), addressed.profiles());
  }

  void remove(W workload) {
    Item<W> item = items.remove(workload);
    if (item != null) {
      index.remove(item);
    }
  }

  void profileChanged(String name) {
    index.profileChanged(name);
  }

  /** A BGPPeer; null if it is gone. */
  void putPeer(String name, @Nullable BgpPeerSpec spec) {
    if (spec == null) {
      specs.remove(name);
    } else {
      specs.put(name, spec);
    }
    select(name, spec);
  }

  /** This node's labels; null if there is no such node. */
  void putNode(@Nullable Map<String, String> now) {
    if (!Objects.equals(labels, now)) {
      labels = now;
      specs.forEach(this::select);
    }
  }

  /** Where this node speaks with them: what the BGPConfiguration "default" says. */
  void putConfiguration(@Nullable BgpConfigurationSpec spec) {
    List<Ip> now = hostAddresses(spec);
    if (!now.equals(hostAddresses)) {
      hostAddresses = now;
      items.values().stream()
          .filter(item -> !item.peers.isEmpty())
          .forEach(item -> changed.accept(item.workload));
    }
  }

  static List<Ip> hostAddresses(@Nullable BgpConfigurationSpec spec) {
    return spec == null
        ? List.of()
        : Stream.of(spec.localWorkloadPeeringIPV4(), spec.localWorkloadPeeringIPV6())
            .map(text -> text == null ? null : Ip.tryParse(text))
            .filter(Objects::nonNull)
            .toList();
  }

  private void select(String name, @Nullable BgpPeerSpec spec) {
    Selector selector = spec == null ? null : selected(spec, node, labels);
    if (selector == null) {
      index.removeSelector(name);
    } else {
      index.putSelector(name, selector);
    }
  }

  /**
   * Which workloads of a node a BGPPeer is about, or null for none.
   *
   * @param labels of the node; null if it is not known
   */
  static @Nullable Selector selected(
      BgpPeerSpec spec, String node, @Nullable Map<String, String> labels) {
    String workloads = spec.localWorkloadSelector();
    if (workloads == null || workloads.isEmpty()) {
      return null;
    }
    try {
      boolean named = spec.node() != null && !spec.node().isEmpty();
      boolean here =
          named
              ? node.equals(spec.node())
              : labels != null
                  && (spec.nodeSelector() == null
                      || Selector.parse(spec.nodeSelector()).matches(labels));
      return here ? Selector.parse(workloads) : null;
    } catch (SelectorSyntaxException _) {
      return null; // validation has reported it
    }
  }

  BgpPeer of(W workload) {
    Item<W> item = items.get(workload);
    return item == null || item.peers.isEmpty()
        ? BgpPeer.NONE
        : new BgpPeer(item.peers.first(), hostAddresses);
  }

  /** Whether nothing is left of what has come and gone. */
  boolean isEmpty() {
    return specs.isEmpty() && items.isEmpty() && index.isEmpty();
  }
}
