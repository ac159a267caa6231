package calico.felix;

import static java.util.Objects.requireNonNullElse;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.felix.calc.Flow;
import calico.felix.calc.Snapshot;
import calico.felix.calc.Trace;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointName;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the WorkloadEndpoints that the decision on a flow depends on: those of the workloads that
 * it names, those with the addresses of its ends, and those that contend for an interface with one
 * of these. All are read, but what tells plainly that it is none of them is not decoded: in a large
 * cluster, most of the time is that.
 */
final class EndpointSearch {
  private final Datastore datastore;
  private final Snapshot snapshot;

  /** Of what is in the snapshot. */
  private final List<Outline> found = new ArrayList<>();

  /** Of what is not. */
  private final List<Outline> others = new ArrayList<>();

  /**
   * Reads nothing yet.
   *
   * @param snapshot into which endpoints are put; holds everything else that has addresses
   */
  EndpointSearch(Datastore datastore, Snapshot snapshot) {
    this.datastore = datastore;
    this.snapshot = snapshot;
  }

  /** Puts the endpoints into the snapshot, and perhaps more. */
  void find(Flow flow) {
    Set<String> names = new HashSet<>();
    for (Flow.Peer peer : List.of(flow.source(), flow.destination())) {
      if (peer instanceof Flow.Peer.Named(String name)) {
        names.add(name.substring(name.lastIndexOf('/') + 1));
      }
    }
    datastore.scan(
        Query.all(Kinds.WORKLOAD_ENDPOINT),
        (key, text) -> wanted(key, text, names),
        page -> {
          page.entries().forEach(this::put);
          return true;
        });
    List<Ip> ends = Trace.ends(snapshot, flow);
    fetch(outline -> outline.addresses.stream().anyMatch(ends::contains));
    Set<Place> places = new HashSet<>();
    found.forEach(outline -> places.add(outline.place));
    fetch(outline -> places.contains(outline.place));
  }

  private boolean wanted(Key<Resource<WorkloadEndpointSpec>> key, String text, Set<String> names) {
    Outline outline = Outline.of(key, text);
    if (outline == null || names.contains(outline.workload)) {
      return true;
    }
    others.add(outline);
    return false;
  }

  private void fetch(Predicate<Outline> which) {
    List<Outline> now = others.stream().filter(which).toList();
    others.removeAll(now);
    now.forEach(outline -> datastore.get(outline.key).ifPresent(this::put));
  }

  private void put(Entry<Resource<WorkloadEndpointSpec>> entry) {
    snapshot.put(entry.key(), entry.value());
    Outline outline = Outline.of(entry.key(), entry.value().spec());
    if (outline != null) {
      found.add(outline);
    }
  }

  /** An interface of a node. */
  record Place(String node, String interfaceName) {}

  /** What makes an endpoint matter to a flow. */
  record Outline(
      Key<Resource<WorkloadEndpointSpec>> key, String workload, List<Ip> addresses, Place place) {

    /** Null if a name does not say whose endpoint it is. */
    static @Nullable Outline of(
        Key<Resource<WorkloadEndpointSpec>> key, WorkloadEndpointSpec spec) {
      return of(
          key,
          requireNonNullElse(spec.ipNetworks(), List.of()),
          requireNonNullElse(spec.interfaceName(), ""));
    }

    /**
     * Reads the form in which endpoints are stored by those who do not write JSON by hand.
     *
     * @return null if it may be another, or there are floating addresses
     */
    static @Nullable Outline of(Key<Resource<WorkloadEndpointSpec>> key, String text) {
      String networks = only(text, "\"ipNetworks\":[\"", "\"]");
      String interfaceName = only(text, "\"interfaceName\":\"", "\"");
      return networks == null
              || interfaceName == null
              || text.indexOf('\\') >= 0
              || text.contains("\"ipNATs\"")
          ? null
          : of(key, List.of(networks.split("\",\"", -1)), interfaceName);
    }

    /** What stands after the only place of one text and before another. */
    private static @Nullable String only(String text, String before, String after) {
      int start = text.indexOf(before);
      int from = start + before.length();
      int to = text.indexOf(after, from);
      return start < 0 || to < 0 || text.indexOf(before, from) >= 0
          ? null
          : text.substring(from, to);
    }

    private static @Nullable Outline of(
        Key<Resource<WorkloadEndpointSpec>> key, List<String> networks, String interfaceName) {
      List<Ip> addresses = new ArrayList<>();
      for (String network : networks) {
        InterfaceAddress address = InterfaceAddress.tryParse(network);
        if (address == null) {
          return null;
        }
        addresses.add(address.ip());
      }
      try {
        var name = WorkloadEndpointName.parse(((ResourceKey<?>) key).name());
        return new Outline(key, name.workload(), addresses, new Place(name.node(), interfaceName));
      } catch (IllegalArgumentException _) {
        return null;
      }
    }
  }
}
