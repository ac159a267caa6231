package calico.cni;

import calico.datastore.Datastore;
import calico.ipam.Ipam;
import calico.model.key.Query;
import calico.model.resource.Kinds;
import calico.model.resource.WorkloadEndpointName;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Detaches the containers of a network on this node that the runtime does not know any more. */
final class GcCommand {
  private static final Logger LOG = LoggerFactory.getLogger(GcCommand.class);

  private final Datastore datastore;
  private final Ipam ipam;
  private final CniSettings settings;

  GcCommand(Datastore datastore, Ipam ipam, CniSettings settings) {
    this.datastore = datastore;
    this.ipam = ipam;
    this.settings = settings;
  }

  /**
   * Passes each forgotten attachment to {@code detach}. Endpoints do not say which network they are
   * of, so only those count whose container holds addresses under this network's name.
   */
  void run(NetConf conf, Consumer<Attachment> detach) {
    String node = conf.nodeName().isEmpty() ? settings.nodeName() : conf.nodeName();
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

  private static String key(Attachment a) {
    return a.containerId() + "/" + a.ifName();
  }

  private static @Nullable Attachment attachment(
      String network, String node, String namespace, String name, WorkloadEndpointSpec spec) {
    String container = spec.containerID();
    if (!node.equals(spec.node()) || container == null || container.isEmpty()) {
      return null;
    }
    WorkloadEndpointName parts = WorkloadEndpointName.parse(name);
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
