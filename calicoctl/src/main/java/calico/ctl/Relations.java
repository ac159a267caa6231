package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.felix.PolicyTrace;
import calico.felix.calc.PolicySelection;
import calico.model.Cidr;
import calico.model.GoNumber;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.HostEndpointSpec;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.PolicySpec;
import calico.model.resource.Resource;
import calico.model.resource.TierSpec;
import calico.model.resource.WorkloadEndpointSpec;
import calico.model.selector.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What refers to a resource, and what it refers to, as far as the datastore says. */
final class Relations {
  private static final int MAX_LINES = 10;

  private final Datastore datastore;
  private @Nullable PolicySelection selection;

  Relations(Datastore datastore) {
    this.datastore = datastore;
  }

  /** None if there is nothing to say. */
  List<Description.Section> of(Resource<?> resource) {
    String name = resource.metadata().name();
    return switch (resource.spec()) {
      case PolicySpec spec when resource.kind().equals(Kinds.NETWORK_POLICY) ->
          ofPolicy(resource, Kinds.NETWORK_POLICY, spec);
      case PolicySpec spec when resource.kind().equals(Kinds.GLOBAL_NETWORK_POLICY) ->
          ofPolicy(resource, Kinds.GLOBAL_NETWORK_POLICY, spec);
      case TierSpec _ ->
          List.of(
              section("Policies", Kinds.GLOBAL_NETWORK_POLICY, p -> tier(p.spec()).equals(name)),
              section(
                  "Namespaced policies", Kinds.NETWORK_POLICY, p -> tier(p.spec()).equals(name)));
      case WorkloadEndpointSpec _, HostEndpointSpec _ -> policies(resource);
      case IpPoolSpec spec -> Stream.ofNullable(Cidr.tryParse(spec.cidr())).map(this::use).toList();
      case NodeSpec _ -> ofNode(resource);
      case null, default ->
          switch (resource.kind().name()) {
            case "Profile" ->
                List.of(
                    section(
                        "Workload endpoints",
                        Kinds.WORKLOAD_ENDPOINT,
                        w -> contains(w.spec().profiles(), name)),
                    section(
                        "Host endpoints",
                        Kinds.HOST_ENDPOINT,
                        h -> contains(h.spec().profiles(), name)));
            case "BGPFilter" ->
                List.of(
                    section("BGP peers", Kinds.BGP_PEER, p -> contains(p.spec().filters(), name)));
            default -> List.of();
          };
    };
  }

  private List<Description.Section> ofPolicy(
      Resource<?> resource, Kind<PolicySpec> kind, PolicySpec spec) {
    Resource<PolicySpec> policy = Resource.of(kind, resource.metadata(), spec);
    String tier = tier(spec);
    String order =
        datastore
            .get(ResourceKey.of(Kinds.TIER, tier))
            .map(e -> "order " + GoNumber.shortest(e.value().spec().effectiveOrder()))
            .orElse("does not exist");
    return List.of(
        new Description.Section("Tier", List.of(tier + " (" + order + ")")),
        section(
            "Selects workload endpoints",
            Kinds.WORKLOAD_ENDPOINT,
            w -> selection().applies(policy, w)),
        section(
            "Selects host endpoints", Kinds.HOST_ENDPOINT, h -> selection().applies(policy, h)));
  }

  private List<Description.Section> policies(Resource<?> endpoint) {
    List<String> applying =
        selection().of(endpoint).stream()
            .map(
                p ->
                    "%s (tier %s, order %s)"
                        .formatted(
                            p.policy(),
                            p.tier(),
                            GoNumber.shortest(Double.isInfinite(p.order()) ? null : p.order())))
            .toList();
    return List.of(counted("Policies in order", applying, applying.size()));
  }

  private Description.Section use(Cidr pool) {
    int blocks = 0;
    long used = 0;
    for (Entry<calico.model.ipam.AllocationBlock> e :
        datastore.list(new Query.Blocks(pool.family())).entries()) {
      if (pool.contains(e.value().cidr())) {
        blocks++;
        used += e.value().allocations().stream().filter(Objects::nonNull).count();
      }
    }
    return new Description.Section(
        "Use", List.of("%d addresses in use, in %d blocks".formatted(used, blocks)));
  }

  private List<Description.Section> ofNode(Resource<?> node) {
    String name = node.metadata().name();
    List<String> blocks = new ArrayList<>();
    for (Entry<?> e : datastore.list(Query.Affinities.ofHost(name)).entries()) {
      if (e.key() instanceof IpamKey.Affinity affinity) {
        blocks.add(affinity.cidr().toString());
      }
    }
    return List.of(
        section("Workload endpoints", Kinds.WORKLOAD_ENDPOINT, w -> name.equals(w.spec().node())),
        section("Host endpoints", Kinds.HOST_ENDPOINT, h -> name.equals(h.spec().node())),
        counted("Blocks", blocks, blocks.size()),
        section("BGP peers", Kinds.BGP_PEER, p -> isOf(p.spec(), node)));
  }

  private static boolean isOf(BgpPeerSpec peer, Resource<?> node) {
    String name = peer.node();
    String selector = peer.nodeSelector();
    if (name != null && !name.isEmpty()) {
      return name.equals(node.metadata().name());
    }
    return selector == null
        || selector.isEmpty()
        || Selector.parse(selector).matches(node.metadata().labels());
  }

  private PolicySelection selection() {
    PolicySelection read = selection;
    if (read == null) {
      read = PolicyTrace.selection(datastore);
      selection = read;
    }
    return read;
  }

  private <S> Description.Section section(
      String title, Kind<S> kind, Predicate<Resource<S>> belongs) {
    List<String> lines = new ArrayList<>();
    int[] count = {0};
    datastore.scan(
        Query.all(kind),
        page -> {
          for (Entry<Resource<S>> e : page.entries()) {
            if (belongs.test(e.value()) && count[0]++ < MAX_LINES) {
              String in = e.value().metadata().namespace();
              lines.add((in == null ? "" : in + "/") + e.value().metadata().name());
            }
          }
          return true;
        });
    return counted(title, lines, count[0]);
  }

  private static Description.Section counted(String title, List<String> lines, int count) {
    List<String> shown = new ArrayList<>(lines.subList(0, Math.min(lines.size(), MAX_LINES)));
    if (count > shown.size()) {
      shown.add("and %d more".formatted(count - shown.size()));
    }
    return new Description.Section("%s (%d)".formatted(title, count), shown);
  }

  private static String tier(PolicySpec spec) {
    return spec.tier() == null || spec.tier().isEmpty() ? "default" : spec.tier();
  }

  private static boolean contains(@Nullable List<String> list, String name) {
    return list != null && list.contains(name);
  }
}
