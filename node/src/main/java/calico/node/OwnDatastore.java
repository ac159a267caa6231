package calico.node;

import calico.datastore.Datastore;
import calico.datastore.Datastores;
import calico.datastore.etcd.ManagedEtcd;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The datastore that the environment names; where it names none, an etcd that runs on this machine
 * as long as the node daemon does.
 */
record OwnDatastore(Datastore datastore, @Nullable ManagedEtcd etcd) implements AutoCloseable {

  static OwnDatastore open(Map<String, String> environment, NodePaths paths) {
    boolean configured =
        environment.containsKey("ETCD_ENDPOINTS")
            || environment.containsKey("CALICO_ETCD_ENDPOINTS");
    if (configured) {
      return new OwnDatastore(Datastores.forDaemon(environment), null);
    }
    ManagedEtcd etcd = ManagedEtcd.start(ManagedEtcd.Settings.DEFAULT.withDataDir(paths.etcd()));
    return new OwnDatastore(Datastores.forDaemon(environment), etcd);
  }

  /** The daemon closes the datastore itself; this ends the etcd under it. */
  @Override
  public void close() {
    if (etcd != null) {
      etcd.close();
    }
  }
}
