package calico.felix.calc;

import static java.util.Objects.requireNonNullElse;

import calico.felix.state.LocalEndpoint.Migration;
import calico.felix.state.StateKey;
import calico.model.key.ResourceKey;
import calico.model.resource.LiveMigrationSpec;
import calico.model.selector.Selector;
import calico.model.selector.SelectorSyntaxException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which workloads of a node are on their way, as LiveMigrations say: each names what moves, and
 * names or selects the endpoint that it moves to. What is both is a target, since it is not there
 * yet.
 *
 * @param <W> a workload, told apart by identity
 */
final class Migrations<W> {

  /** An endpoint, or all of a workload's: then its name is empty. */
  record Named(String orchestrator, String workload, String endpoint) {
    private static Named of(
        @Nullable String orchestrator, @Nullable String workload, @Nullable String endpoint) {
      return new Named(
          requireNonNullElse(orchestrator, ""),
          requireNonNullElse(workload, ""),
          requireNonNullElse(endpoint, ""));
    }

    boolean isOf(StateKey.Endpoint id) {
      return orchestrator.equals(id.orchestrator())
          && workload.equals(id.workload())
          && (endpoint.isEmpty() || endpoint.equals(id.endpoint()));
    }
  }

  /**
   * What a LiveMigration says of one node.
   *
   * @param source what moves away, if that is here
   * @param target what moves here, if that has a name
   * @param selector of what moves here
   */
  record Meant(@Nullable Named source, @Nullable Named target, @Nullable Selector selector) {
    private static final Meant NOTHING = new Meant(null, null, null);

    /** A name of a Kubernetes workload is unique in the cluster, so its node need not be right. */
    static Meant of(LiveMigrationSpec spec, String node) {
      LiveMigrationSpec.Source source = spec.source();
      LiveMigrationSpec.Target target = spec.target();
      Named from = null;
      if (source != null && source.workload() != null) {
        LiveMigrationSpec.Workload w = source.workload();
        if (isHere(w.orchestratorID(), w.hostname(), node)) {
          from = Named.of(w.orchestratorID(), w.workloadID(), "");
        }
      } else if (source != null) {
        from = named(source.workloadEndpoint(), node);
      }
      return new Meant(
          from,
          target == null ? null : named(target.workloadEndpoint(), node),
          target == null ? null : selector(target.selector()));
    }

    private static @Nullable Named named(
        LiveMigrationSpec.@Nullable Endpoint endpoint, String node) {
      return endpoint == null || !isHere(endpoint.orchestratorID(), endpoint.hostname(), node)
          ? null
          : Named.of(endpoint.orchestratorID(), endpoint.workloadID(), endpoint.endpointID());
    }

    private static boolean isHere(
        @Nullable String orchestrator, @Nullable String host, String node) {
      return "k8s".equals(orchestrator) || node.equals(host);
    }

    private static @Nullable Selector selector(@Nullable String text) {
      try {
        return text == null || text.isEmpty() ? null : Selector.parse(text);
      } catch (SelectorSyntaxException _) {
        return null; // validation has reported it
      }
    }
  }

  private static final class Item<W> extends LabelGroup.Item<ResourceKey<?>, Item<W>> {
    final W workload;
    final StateKey.Endpoint id;

    /** How many LiveMigrations have it as what. */
    int sources;

    int targets;

    Item(W workload, StateKey.Endpoint id) {
      this.workload = workload;
      this.id = id;
    }

    Migration migration() {
      return targets > 0 ? Migration.TARGET : sources > 0 ? Migration.SOURCE : Migration.NONE;
    }
  }

  private final String node;
  private final Consumer<W> changed;
  private final Map<ResourceKey<?>, Meant> migrations = new HashMap<>();
  private final Map<W, Item<W>> items = new HashMap<>();
  private final LabelIndex<ResourceKey<?>, Item<W>> index;

  /**
   * @param changed told of workloads whose state may be another now
   */
  Migrations(String node, Profiles profiles, Consumer<W> changed) {
    this.node = node;
    this.changed = changed;
    this.index =
        new LabelIndex<>(
            profiles::labels,
            new LabelIndex.Listener<ResourceKey<?>, Item<W>>() {
              @Override
              public void matched(ResourceKey<?> migration, Item<W> item) {
                count(item, 0, 1);
              }

              @Override
              public void unmatched(ResourceKey<?> migration, Item<W> item) {
                count(item, 0, -1);
              }
            });
  }

  private void count(Item<W> item, int sources, int targets) {
    item.sources += sources;
    item.targets += targets;
    changed.accept(item.workload);
  }

  /** A workload of this node, or what it is now. */
  void put(W workload, StateKey.Endpoint id, Addressed addressed) {
    Item<W> item = items.get(workload);
    if (item == null) {
      item = new Item<>(workload, id);
      items.put(workload, item);
      for (Meant meant : migrations.values()) {
        refer(meant, item, 1);
      }
    }
    index.put(item, addressed.labels(), addressed.profiles());
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

  /** A LiveMigration; null if it is gone. Costs as much as this node has workloads. */
  void putMigration(ResourceKey<?> key, @Nullable LiveMigrationSpec spec) {
    Meant now = spec == null ? Meant.NOTHING : Meant.of(spec, node);
    Meant old =
        requireNonNullElse(
            now.equals(Meant.NOTHING) ? migrations.remove(key) : migrations.put(key, now),
            Meant.NOTHING);
    if (now.equals(old)) {
      return;
    }
    for (Item<W> item : items.values()) {
      refer(old, item, -1);
      refer(now, item, 1);
    }
    if (now.selector() == null) {
      index.removeSelector(key);
    } else {
      index.putSelector(key, now.selector());
    }
  }

  private void refer(Meant meant, Item<W> item, int difference) {
    Named source = meant.source();
    if (source != null && source.isOf(item.id)) {
      count(item, difference, 0);
    }
    Named target = meant.target();
    if (target != null && target.isOf(item.id)) {
      count(item, 0, difference);
    }
  }

  Migration of(W workload) {
    Item<W> item = items.get(workload);
    return item == null ? Migration.NONE : item.migration();
  }

  /** Whether nothing is left of what has come and gone. */
  boolean isEmpty() {
    return migrations.isEmpty() && items.isEmpty() && index.isEmpty();
  }
}
