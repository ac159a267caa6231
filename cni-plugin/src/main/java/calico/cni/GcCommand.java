package calico.cni;

import calico.datastore.Datastore;
import calico.ipam.Ipam;
import calico.model.Cidr;
import calico.model.ipam.AllocationBlock;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.WorkloadEndpointName;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the containers of a network on this node that the runtime does not know any more, and gives
 * back what an ADD that was killed had assigned to others. The runtime sees to it that no ADD of
 * the network is under way.
 */
final class GcCommand {
  private static final Logger LOG = LoggerFactory.getLogger(GcCommand.class);

  private final Datastore datastore;
  private final Ipam ipam;
  private final CalicoIpam calicoIpam;
  private final CniSettings settings;

  GcCommand(Datastore datastore, Ipam ipam, CalicoIpam calicoIpam, CniSettings settings) {
    this.datastore = datastore;
    this.ipam = ipam;
    this.calicoIpam = calicoIpam;
    this.settings = settings;
  }

  /**
   * The attachments to detach. An endpoint that does not say which network it is of, as upstream's
   * do not, counts if its container holds addresses of pools under this network's name.
   */
  List<Attachment> forgotten(NetConf conf) {
    String node = node(conf);
    List<Attachment> forgotten = new ArrayList<>();
    for (var entry : datastore.list(Query.all(Kinds.WORKLOAD_ENDPOINT)).entries()) {
      Metadata metadata = entry.value().metadata();
      Attachment its = attachment(conf.name(), node, metadata, entry.value().spec());
      if (its == null || conf.validAttachments().contains(key(its))) {
        continue;
      }
      String network = metadata.annotations().get(Endpoints.NETWORK_ANNOTATION);
      if (network == null
          ? !ipam.ipsByHandle(its.handle()).isEmpty()
          : network.equals(conf.name())) {
        forgotten.add(its);
      }
    }
    return forgotten;
  }

  private String node(NetConf conf) {
    return conf.nodeName().isEmpty() ? settings.nodeName() : conf.nodeName();
  }

  /** Gives back the addresses, in this node's blocks, of containers that are not known any more. */
  void releaseAddresses(NetConf conf) {
    Set<String> known = new HashSet<>();
    conf.validAttachments().forEach(a -> known.add(a.substring(0, a.indexOf('/'))));
    String prefix = conf.name() + ".";
    Set<String> forgotten = new TreeSet<>();
    for (var affinity : datastore.list(Query.Affinities.ofHost(node(conf))).entries()) {
      Cidr cidr = ((IpamKey.Affinity) affinity.key()).cidr();
      datastore
          .get(new IpamKey.Block(cidr))
          .ifPresent(
              block ->
                  block.value().attributes().stream()
                      .filter(a -> node(conf).equals(a.secondary().get("node")))
                      .map(AllocationBlock.Attribute::handleId)
                      .filter(handle -> handle != null && handle.startsWith(prefix))
                      .filter(handle -> isForgotten(handle.substring(prefix.length()), known))
                      .forEach(forgotten::add));
    }
    for (String handle : forgotten) {
      LOG.info("GC releases {} of handle {}", calicoIpam.releaseAll(handle), handle);
    }
  }

  /** What has a dot may be of another network, whose name begins like this one's. */
  private static boolean isForgotten(String container, Set<String> known) {
    return container.indexOf('.') < 0 && !known.contains(container);
  }

  private static String key(Attachment a) {
    return a.containerId() + "/" + a.ifName();
  }

  private static @Nullable Attachment attachment(
      String network, String node, Metadata metadata, WorkloadEndpointSpec spec) {
    String container = spec.containerID();
    if (!node.equals(spec.node()) || container == null || container.isEmpty()) {
      return null;
    }
    WorkloadEndpointName parts;
    try {
      parts = WorkloadEndpointName.parse(metadata.name());
    } catch (IllegalArgumentException e) {
      LOG.warn("GC leaves WorkloadEndpoint {} alone: {}", metadata.name(), e.getMessage());
      return null;
    }
    boolean pod = parts.orchestrator().equals("k8s");
    return new Attachment(
        network,
        node,
        parts.orchestrator(),
        String.valueOf(metadata.namespace()),
        pod ? parts.workload() : "",
        container,
        parts.endpoint());
  }
}
