package calico.node;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.AsNumber;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NodeSpec;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.model.resource.Validator;
import calico.node.NodeStartup.StartupException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node tells others of itself in its Node: addresses, AS number, and what Kubernetes calls
 * it. Writing it again changes nothing, unless the host or the settings have changed.
 */
final class NodeResource {
  private static final Logger LOG = LoggerFactory.getLogger(NodeResource.class);
  private static final int CONFLICT_RETRIES = 5;

  private final Datastore datastore;
  private final NodeSettings settings;
  private final Supplier<AddressDetection> host;
  private final ResourceKey<NodeSpec> key;

  /**
   * @param host is asked each time that addresses are needed
   */
  NodeResource(Datastore datastore, NodeSettings settings, Supplier<AddressDetection> host) {
    this.datastore = datastore;
    this.settings = settings;
    this.host = host;
    this.key = ResourceKey.of(Kinds.NODE, settings.nodeName());
  }

  /**
   * Writes what is new.
   *
   * @return whether there was anything
   * @throws StartupException if there is no address, another node has it, or a setting is wrong;
   *     addresses that were detected before and that another node has now are taken back
   */
  boolean write() {
    for (int attempt = 1; ; attempt++) {
      Optional<Entry<Resource<NodeSpec>>> stored = datastore.get(key);
      Resource<NodeSpec> before =
          stored
              .map(Entry::value)
              .orElseGet(() -> Resource.of(Kinds.NODE, Metadata.named(key.name()), emptySpec()));
      try {
        Resource<NodeSpec> after = before.withSpec(current(before.spec(), stored.orElse(null)));
        if (stored.isEmpty()) {
          refuseInvalid(after);
          datastore.create(key, after);
        } else if (!after.equals(before)) {
          datastore.update(key, after, stored.get().revision());
        } else {
          return false;
        }
        return true;
      } catch (DatastoreException.Conflict | DatastoreException.AlreadyExists e) {
        if (attempt == CONFLICT_RETRIES) {
          throw e;
        }
      }
    }
  }

  /** Nobody would take notice of such a Node: every component ignores it. */
  private static void refuseInvalid(Resource<NodeSpec> node) {
    for (Problem problem : Validator.errors(node)) {
      throw new StartupException(
          "this node's Node would be invalid, " + problem + "; set NODENAME to another name");
    }
  }

  private NodeSpec current(NodeSpec spec, @Nullable Entry<Resource<NodeSpec>> stored) {
    List<NodeSpec.OrchRef> orchRefs = spec.orchRefs();
    if (!settings.kubernetesName().isEmpty()) {
      orchRefs = List.of(new NodeSpec.OrchRef(settings.kubernetesName(), "k8s", Unknown.NONE));
    }
    if (settings.backend().equals("none")) {
      // Policy only: the node's addresses are somebody else's business.
      return with(spec, spec.bgp(), orchRefs, spec.addresses());
    }
    NodeSpec.Bgp old = spec.bgp() == null ? emptyBgp() : spec.bgp();
    AddressDetection detection = host.get();
    String v4 = address(Family.IPV4, settings.ip(), old.ipv4Address(), detection);
    String v6 =
        settings.ip6().isEmpty()
            ? old.ipv6Address()
            : address(Family.IPV6, settings.ip6(), old.ipv6Address(), detection);
    if (v4 == null && v6 == null) {
      throw new StartupException(
          "node "
              + settings.nodeName()
              + " has no address for others to reach it: IP="
              + settings.ip()
              + " and IP6="
              + settings.ip6()
              + "; set one of them to autodetect or ADDRESS/LENGTH");
    }
    if (!Objects.equals(v4, old.ipv4Address()) || !Objects.equals(v6, old.ipv6Address())) {
      refuseConflict(v4, v6, stored); // looks at every node, so only when there is something new
    }
    NodeSpec.Bgp bgp =
        new NodeSpec.Bgp(
            asNumber(old.asNumber()),
            v4,
            v6,
            old.ipv4IPIPTunnelAddr(),
            old.routeReflectorClusterID(),
            old.unknown());
    return with(spec, bgp, orchRefs, addresses(spec.addresses(), v4, v6));
  }

  private static List<NodeSpec.Address> addresses(
      @Nullable List<NodeSpec.Address> old, @Nullable String v4, @Nullable String v6) {
    List<NodeSpec.Address> addresses = new ArrayList<>();
    for (String a : new @Nullable String[] {v4, v6}) {
      if (a != null) {
        addresses.add(new NodeSpec.Address(a, "CalicoNodeIP", Unknown.NONE));
      }
    }
    if (old != null) {
      old.stream().filter(a -> !"CalicoNodeIP".equals(a.type())).forEach(addresses::add);
    }
    return addresses;
  }

  private @Nullable AsNumber asNumber(@Nullable AsNumber stored) {
    if (settings.asNumber().isEmpty()) {
      return stored;
    }
    try {
      return AsNumber.parse(settings.asNumber());
    } catch (IllegalArgumentException e) {
      throw new StartupException("AS=" + settings.asNumber() + ": " + e.getMessage());
    }
  }

  /** The address to store, or null for none. */
  private @Nullable String address(
      Family family, String setting, @Nullable String stored, AddressDetection detection) {
    if (setting.equals("none") || (setting.isEmpty() && stored != null)) {
      warnUnlessHere(detection, stored);
      return stored;
    }
    if (setting.isEmpty() || setting.equals("autodetect")) {
      return detected(family, stored, detection);
    }
    InterfaceAddress given = InterfaceAddress.tryParse(setting);
    if (given == null || given.ip().family() != family) {
      throw new StartupException(
          variable(family)
              + "="
              + setting
              + " is not an IPv"
              + family.version()
              + " address, nor autodetect or none");
    }
    warnUnlessHere(detection, setting);
    return setting.contains("/")
        ? given.toString()
        : detection
            .withAddress(given.ip())
            .map(AddressDetection.Found::address)
            .orElse(given)
            .toString();
  }

  private String detected(Family family, @Nullable String stored, AddressDetection detection) {
    String method = settings.method(family);
    String variable = variable(family) + "_AUTODETECTION_METHOD";
    try {
      AddressDetection.Found found = detection.detect(method, family);
      String address = found.address().toString();
      if (!address.equals(stored)) {
        LOG.info(
            "address detected: address={} interface={} reason=\"{}\"",
            address,
            found.interfaceName(),
            found.reason());
      }
      return address;
    } catch (AddressDetection.NoAddress e) {
      if (stored == null) {
        throw new StartupException(
            "node "
                + settings.nodeName()
                + " has no IPv"
                + family.version()
                + " address: "
                + variable
                + "="
                + e.getMessage()
                + "; choose another method, or set "
                + variable(family)
                + " to ADDRESS/LENGTH or none");
      }
      LOG.warn("{} stays: {}={}", stored, variable, e.getMessage());
      return stored;
    } catch (IllegalArgumentException e) {
      throw new StartupException(variable + ": " + e.getMessage());
    }
  }

  private static String variable(Family family) {
    return family == Family.IPV4 ? "IP" : "IP6";
  }

  private static void warnUnlessHere(AddressDetection detection, @Nullable String address) {
    InterfaceAddress a = address == null ? null : InterfaceAddress.tryParse(address);
    if (a != null && detection.withAddress(a.ip()).isEmpty()) {
      LOG.warn("{} is the node's address, but none of this host's interfaces has it", a.ip());
    }
  }

  private void refuseConflict(
      @Nullable String v4, @Nullable String v6, @Nullable Entry<Resource<NodeSpec>> stored) {
    if (!settings.checksConflicts()) {
      return;
    }
    Set<Family> taken = EnumSet.noneOf(Family.class);
    List<String> conflicts = new ArrayList<>();
    for (Entry<Resource<NodeSpec>> entry : datastore.list(Query.all(Kinds.NODE)).entries()) {
      Resource<NodeSpec> other = entry.value();
      NodeSpec.Bgp bgp = other.spec().bgp();
      if (other.metadata().name().equals(settings.nodeName()) || bgp == null) {
        continue;
      }
      for (Family family : Family.values()) {
        String mine = family == Family.IPV4 ? v4 : v6;
        if (isSame(mine, family == Family.IPV4 ? bgp.ipv4Address() : bgp.ipv6Address())) {
          taken.add(family);
          conflicts.add(mine + ", which node " + other.metadata().name() + " has already");
        }
      }
    }
    if (!taken.isEmpty()) {
      takeBack(taken, stored);
      throw new StartupException(
          "node "
              + settings.nodeName()
              + " would use "
              + String.join(", and ", conflicts)
              + "; set IP or IP6, or delete that Node if it has gone");
    }
  }

  private static boolean isSame(@Nullable String mine, @Nullable String theirs) {
    InterfaceAddress a = mine == null ? null : InterfaceAddress.tryParse(mine);
    InterfaceAddress b = theirs == null ? null : InterfaceAddress.tryParse(theirs);
    return a != null && b != null && a.ip().equals(b.ip());
  }

  /** What was detected before is not this node's any more: others may have it. */
  private void takeBack(Set<Family> families, @Nullable Entry<Resource<NodeSpec>> stored) {
    boolean v4 = families.contains(Family.IPV4) && settings.ip().equals("autodetect");
    boolean v6 = families.contains(Family.IPV6) && settings.ip6().equals("autodetect");
    NodeSpec.Bgp old = stored == null ? null : stored.value().spec().bgp();
    if (stored == null || old == null || (!v4 && !v6)) {
      return;
    }
    NodeSpec.Bgp bgp =
        new NodeSpec.Bgp(
            old.asNumber(),
            v4 ? null : old.ipv4Address(),
            v6 ? null : old.ipv6Address(),
            old.ipv4IPIPTunnelAddr(),
            old.routeReflectorClusterID(),
            old.unknown());
    NodeSpec spec = stored.value().spec();
    List<NodeSpec.Address> addresses =
        addresses(spec.addresses(), bgp.ipv4Address(), bgp.ipv6Address());
    datastore.update(
        key,
        stored
            .value()
            .withSpec(
                with(
                    spec,
                    bgp.equals(emptyBgp()) ? null : bgp,
                    spec.orchRefs(),
                    addresses.isEmpty() ? null : addresses)),
        stored.revision());
  }

  private static NodeSpec with(
      NodeSpec spec,
      NodeSpec.@Nullable Bgp bgp,
      @Nullable List<NodeSpec.OrchRef> orchRefs,
      @Nullable List<NodeSpec.Address> addresses) {
    return new NodeSpec(
        bgp,
        spec.ipv4VXLANTunnelAddr(),
        spec.vxlanTunnelMACAddr(),
        spec.ipv6VXLANTunnelAddr(),
        spec.vxlanTunnelMACAddrV6(),
        orchRefs,
        spec.wireguard(),
        addresses,
        spec.interfaces(),
        spec.unknown());
  }

  private static NodeSpec emptySpec() {
    return new NodeSpec(null, null, null, null, null, null, null, null, null, Unknown.NONE);
  }

  private static NodeSpec.Bgp emptyBgp() {
    return new NodeSpec.Bgp(null, null, null, null, null, Unknown.NONE);
  }
}
