package calico.datastore.etcd;

import calico.datastore.Datastore;

class GrpcContractTest extends EtcdContract {
  @Override
  Datastore connect(EtcdConfig config) {
    return EtcdDatastore.forDaemon(config);
  }
}
