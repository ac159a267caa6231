package calico.node;

import calico.datastore.ClusterInit;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.ReadyFlag;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.AsNumber;
import calico.model.resource.Defaults;
import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does before anything else runs: learns its name and addresses, writes its Node
 * resource, and creates what every cluster needs. Repeating it changes nothing.
 */
public final class NodeStartup {
  private static final Logger LOG = LoggerFactory.getLogger(NodeStartup.class);
  private static final int CONFLICT_RETRIES = 5;

  private final Datastore datastore;
  private final NodeSettings settings;
  private final NodePaths paths;

  public NodeStartup(Datastore datastore, NodeSettings settings, NodePaths paths) {
    this.datastore = datastore;
    this.settings = settings;
    this.paths = paths;
  }

  /**
   * Runs start-up. Waits while the datastore is declared not ready.
   *
   * @param waiting is told what is waited for
   * @throws StartupException if the node cannot take part: no address, or another node has it
   */
  public void run(Consumer<String> waiting) throws IOException, InterruptedException {
    ClusterInit.ensure(
        datastore, new ClusterInit.Options(clusterType(), null, java.util.UUID::randomUUID));
    ReadyFlag.await(datastore, waiting);
    writeNode();
    createIfAbsent(
        ResourceKey.of(Kinds.FELIX_CONFIGURATION, "default"),
        new FelixConfigurationSpec(Map.of("reportingInterval", "0s", "logSeverityScreen", "Info")));
    createIfAbsent(
        ResourceKey.of(Kinds.FELIX_CONFIGURATION, "node." + settings.nodeName()),
        new FelixConfigurationSpec(Map.of("defaultEndpointToHostAction", "Return")));
    new DefaultPools(datastore, settings).ensure();
    Files.createDirectories(paths.lib());
    Files.writeString(paths.nodenameFile(), settings.nodeName());
  }

  private @Nullable String clusterType() {
    return settings.clusterType().isBlank() ? null : settings.clusterType();
  }

  private <S> void createIfAbsent(ResourceKey<S> key, S spec) {
    try {
      if (datastore.get(key).isEmpty()) {
        datastore.create(
            key, Defaults.apply(Resource.of(key.kind(), Metadata.named(key.name()), spec)));
      }
    } catch (DatastoreException.AlreadyExists e) {
      LOG.debug("created by another node meanwhile: {}", key);
    }
  }

  private void writeNode() throws IOException {
    ResourceKey<NodeSpec> key = ResourceKey.of(Kinds.NODE, settings.nodeName());
    for (int attempt = 1; ; attempt++) {
      Optional<Entry<Resource<NodeSpec>>> stored = datastore.get(key);
      Resource<NodeSpec> before =
          stored
              .map(Entry::value)
              .orElseGet(() -> Resource.of(Kinds.NODE, Metadata.named(key.name()), emptySpec()));
      Resource<NodeSpec> after = before.withSpec(withAddresses(before.spec()));
      try {
        if (stored.isEmpty()) {
          datastore.create(key, after);
        } else if (!after.equals(before)) {
          datastore.update(key, after, stored.get().revision());
        }
        return;
      } catch (DatastoreException.Conflict | DatastoreException.AlreadyExists e) {
        if (attempt == CONFLICT_RETRIES) {
          throw e;
        }
      }
    }
  }

  private NodeSpec withAddresses(NodeSpec spec) throws IOException {
    if (settings.backend().equals("none")) {
      return spec; // policy only: the node's addresses are somebody else's business
    }
    NodeSpec.Bgp old = spec.bgp() == null ? emptyBgp() : spec.bgp();
    String v4 = address(Family.IPV4, settings.ip(), settings.ipMethod(), old.ipv4Address());
    String v6 =
        settings.ip6().isEmpty()
            ? old.ipv6Address()
            : address(Family.IPV6, settings.ip6(), settings.ip6Method(), old.ipv6Address());
    if (v4 == null && v6 == null) {
      throw new StartupException(
          "node "
              + settings.nodeName()
              + " has no address for BGP: no interface fits IP_AUTODETECTION_METHOD="
              + settings.ipMethod()
              + "; set IP to ADDRESS/LENGTH or choose another method");
    }
    if (!Objects.equals(v4, old.ipv4Address()) || !Objects.equals(v6, old.ipv6Address())) {
      refuseConflict(v4, v6); // looks at every node, so only when there is something new
    }
    NodeSpec.Bgp bgp =
        new NodeSpec.Bgp(
            asNumber(old.asNumber()),
            v4,
            v6,
            old.ipv4IPIPTunnelAddr(),
            old.routeReflectorClusterID(),
            old.unknown());
    List<NodeSpec.Address> addresses = new ArrayList<>();
    for (String a : new String[] {v4, v6}) {
      if (a != null) {
        addresses.add(new NodeSpec.Address(a, "CalicoNodeIP", Unknown.NONE));
      }
    }
    if (spec.addresses() != null) {
      spec.addresses().stream()
          .filter(a -> !"CalicoNodeIP".equals(a.type()))
          .forEach(addresses::add);
    }
    return new NodeSpec(
        bgp,
        spec.ipv4VXLANTunnelAddr(),
        spec.vxlanTunnelMACAddr(),
        spec.ipv6VXLANTunnelAddr(),
        spec.vxlanTunnelMACAddrV6(),
        spec.orchRefs(),
        spec.wireguard(),
        addresses,
        spec.interfaces(),
        spec.unknown());
  }

  private @Nullable AsNumber asNumber(@Nullable AsNumber stored) {
    String wanted = settings.asNumber();
    return wanted == null || wanted.isBlank() ? stored : AsNumber.parse(wanted);
  }

  /** The address to store, or null for none. */
  private @Nullable String address(
      Family family, String setting, String method, @Nullable String stored) throws IOException {
    if (setting.equals("none")) {
      return null;
    }
    if (setting.isEmpty() && stored != null) {
      return stored;
    }
    if (setting.isEmpty() || setting.equals("autodetect")) {
      Optional<AddressDetection.Found> found = AddressDetection.detect(method, family);
      found.ifPresent(
          f -> LOG.info("address found: address={} reason={}", f.address(), f.reason()));
      return found.map(f -> f.address().toString()).orElse(stored);
    }
    InterfaceAddress given = InterfaceAddress.tryParse(setting);
    if (given == null || given.ip().family() != family) {
      throw new StartupException(
          (family == Family.IPV4 ? "IP=" : "IP6=")
              + setting
              + " is not an address of that family, nor autodetect or none");
    }
    return given.toString();
  }

  private void refuseConflict(@Nullable String v4, @Nullable String v6) {
    if (NodeSettings.isTrue(settings.environment().get("DISABLE_NODE_IP_CHECK"))) {
      return;
    }
    for (Entry<Resource<NodeSpec>> entry : datastore.list(Query.all(Kinds.NODE)).entries()) {
      Resource<NodeSpec> other = entry.value();
      NodeSpec.Bgp bgp = other.spec().bgp();
      if (other.metadata().name().equals(settings.nodeName()) || bgp == null) {
        continue;
      }
      refuseSame(v4, bgp.ipv4Address(), other.metadata().name());
      refuseSame(v6, bgp.ipv6Address(), other.metadata().name());
    }
  }

  private void refuseSame(@Nullable String mine, @Nullable String theirs, String otherNode) {
    InterfaceAddress a = mine == null ? null : InterfaceAddress.tryParse(mine);
    InterfaceAddress b = theirs == null ? null : InterfaceAddress.tryParse(theirs);
    if (a != null && b != null && a.ip().equals(b.ip())) {
      throw new StartupException(
          "node "
              + settings.nodeName()
              + " would use "
              + a.ip()
              + ", which node "
              + otherNode
              + " has already; set IP, or delete that Node if it has gone");
    }
  }

  private static NodeSpec emptySpec() {
    return new NodeSpec(null, null, null, null, null, null, null, null, null, Unknown.NONE);
  }

  private static NodeSpec.Bgp emptyBgp() {
    return new NodeSpec.Bgp(null, null, null, null, null, Unknown.NONE);
  }

  /** The node cannot take part in the cluster; the message says why and what to do. */
  public static final class StartupException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StartupException(String message) {
      super(message);
    }
  }
}
