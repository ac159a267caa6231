package calico.node;

import calico.datastore.Datastore;
import calico.datastore.Datastores;
import calico.datastore.etcd.ManagedEtcd;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The datastore that the environment names; where it names none, an etcd that runs on this machine
 * as long as the node daemon does.
 */
record OwnDatastore(Datastore datastore, @Nullable ManagedEtcd etcd) implements AutoCloseable {
  private static final List<String> ENDPOINTS = List.of("ETCD_ENDPOINTS", "CALICO_ETCD_ENDPOINTS");

  static OwnDatastore open(Map<String, String> environment, NodePaths paths) {
    // It connects when it is asked something. What is wrong in the environment is found before an
    // etcd is started.
    Datastore datastore = Datastores.forDaemon(environment);
    if (ENDPOINTS.stream().anyMatch(name -> !environment.getOrDefault(name, "").isEmpty())) {
      return new OwnDatastore(datastore, null);
    }
    return new OwnDatastore(
        datastore, ManagedEtcd.start(ManagedEtcd.Settings.DEFAULT.withDataDir(paths.etcd())));
  }

  /** The daemon closes the datastore itself; this ends the etcd under it. */
  @Override
  public void close() {
    if (etcd != null) {
      etcd.close();
    }
  }
}
