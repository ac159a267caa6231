package calico.node;

import calico.datastore.ClusterInit;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.ReadyFlag;
import calico.model.key.ResourceKey;
import calico.model.resource.Defaults;
import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does before anything else runs: writes its Node resource, and creates what every
 * cluster needs. Repeating it changes nothing.
 */
public final class NodeStartup {
  private static final Logger LOG = LoggerFactory.getLogger(NodeStartup.class);

  private final Datastore datastore;
  private final NodeSettings settings;
  private final NodeResource node;
  private final NodePaths paths;

  NodeStartup(Datastore datastore, NodeSettings settings, NodeResource node, NodePaths paths) {
    this.datastore = datastore;
    this.settings = settings;
    this.node = node;
    this.paths = paths;
  }

  /**
   * Runs start-up. Waits while the datastore is declared not ready.
   *
   * @param waiting is told what is waited for
   * @throws StartupException if the node cannot take part: no address, another node has it, or a
   *     setting is wrong
   */
  void run(Consumer<String> waiting) throws IOException, InterruptedException {
    DefaultPools pools = new DefaultPools(datastore, settings); // refuses wrong settings first
    ClusterInit.ensure(datastore, new ClusterInit.Options(clusterType(), null, UUID::randomUUID));
    ReadyFlag.await(datastore, waiting);
    boolean _ = node.write();
    createIfAbsent(
        felix("default", Map.of("reportingInterval", "0s", "logSeverityScreen", "Info")));
    createIfAbsent(
        felix("node." + settings.nodeName(), Map.of("defaultEndpointToHostAction", "Return")));
    createIfAbsent(empty(Kinds.BGP_CONFIGURATION));
    createIfAbsent(empty(Kinds.IPAM_CONFIGURATION));
    pools.ensure();
    Files.createDirectories(paths.lib());
    Files.writeString(paths.nodenameFile(), settings.nodeName());
  }

  private @Nullable String clusterType() {
    return settings.clusterType().isBlank() ? null : settings.clusterType();
  }

  private static Resource<FelixConfigurationSpec> felix(
      String name, Map<String, Object> parameters) {
    return Resource.of(
        Kinds.FELIX_CONFIGURATION, Metadata.named(name), new FelixConfigurationSpec(parameters));
  }

  private static <S> Resource<S> empty(Kind<S> kind) {
    return ResourceCodec.decode(
        kind, Map.of("metadata", Map.of("name", "default"), "spec", Map.of()));
  }

  private <S> void createIfAbsent(Resource<S> resource) {
    ResourceKey<S> key = ResourceKey.of(resource);
    try {
      if (datastore.get(key).isEmpty()) {
        datastore.create(key, Defaults.apply(resource));
      }
    } catch (DatastoreException.AlreadyExists e) {
      LOG.debug("created by another node meanwhile: {}", key);
    }
  }

  /** The node cannot take part in the cluster; the message says why and what to do. */
  public static final class StartupException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StartupException(String message) {
      super(message);
    }
  }
}
