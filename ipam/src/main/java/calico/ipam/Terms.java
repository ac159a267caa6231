package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.ipam.IpamConfig;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an allocation is bound by besides blocks. */
interface Terms {
  IpamConfig config();

  Reservations reservations();

  /** All pools, in the order of their names. */
  List<Pool> pools();

  /** A node's labels, or null if there is no such node. */
  @Nullable Map<String, String> labels(String host);

  /** As the datastore has it: each part is read when it is first asked for. Of one thread. */
  final class Read implements Terms {
    private final Datastore datastore;
    private @Nullable IpamConfig config;
    private @Nullable Reservations reservations;
    private @Nullable List<Pool> pools;

    Read(Datastore datastore) {
      this.datastore = datastore;
    }

    @Override
    public IpamConfig config() {
      IpamConfig known = config;
      if (known == null) {
        known = datastore.get(new IpamKey.Config()).map(Entry::value).orElse(IpamConfig.DEFAULT);
        config = known;
      }
      return known;
    }

    @Override
    public Reservations reservations() {
      Reservations known = reservations;
      if (known == null) {
        known =
            Reservations.joined(
                datastore.list(Query.all(Kinds.IP_RESERVATION)).entries().stream()
                    .map(e -> Reservations.of(e.value().metadata().name(), e.value().spec())));
        reservations = known;
      }
      return known;
    }

    @Override
    public List<Pool> pools() {
      List<Pool> known = pools;
      if (known == null) {
        known =
            datastore.list(Query.all(Kinds.IP_POOL)).entries().stream()
                .flatMap(e -> Pool.of(e.value()).stream())
                .sorted(Comparator.comparing(Pool::name))
                .toList();
        pools = known;
      }
      return known;
    }

    @Override
    public @Nullable Map<String, String> labels(String host) {
      return datastore
          .get(ResourceKey.of(Kinds.NODE, host))
          .map(node -> node.value().metadata().labels())
          .orElse(null);
    }
  }
}
