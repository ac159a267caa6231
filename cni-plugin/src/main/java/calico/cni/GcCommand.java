package calico.cni;

import calico.datastore.Datastore;
import calico.ipam.Ipam;
import calico.model.Cidr;
import calico.model.ipam.AllocationBlock;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.resource.Kinds;
import calico.model.resource.WorkloadEndpointName;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detaches the containers of a network on this node that the runtime does not know any more, and
 * gives back what an ADD that was killed had assigned to others. The runtime sees to it that no ADD
 * of the network is under way.
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
   * Passes each forgotten attachment to {@code detach}. Endpoints do not say which network they are
   * of, so only those count whose container holds addresses under this network's name.
   */
  void run(NetConf conf, Consumer<Attachment> detach) {
    String node = node(conf);
    datastore.list(Query.all(Kinds.WORKLOAD_ENDPOINT)).entries().stream()
        .map(
            e ->
                attachment(
                    conf.name(),
                    node,
                    String.valueOf(e.value().metadata().namespace()),
                    e.value().metadata().name(),
                    e.value().spec()))
        .filter(a -> a != null && !conf.validAttachments().contains(key(a)))
        .filter(a -> a != null && !ipam.ipsByHandle(a.handle()).isEmpty())
        .forEach(
            a -> {
              LOG.info("GC detaches {}", a);
              detach.accept(a);
            });
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
      String network, String node, String namespace, String name, WorkloadEndpointSpec spec) {
    String container = spec.containerID();
    if (!node.equals(spec.node()) || container == null || container.isEmpty()) {
      return null;
    }
    WorkloadEndpointName parts;
    try {
      parts = WorkloadEndpointName.parse(name);
    } catch (IllegalArgumentException e) {
      LOG.warn("GC leaves WorkloadEndpoint {} alone: {}", name, e.getMessage());
      return null;
    }
    boolean pod = parts.orchestrator().equals("k8s");
    return new Attachment(
        network,
        node,
        parts.orchestrator(),
        namespace,
        pod ? parts.workload() : "",
        container,
        parts.endpoint());
  }
}
