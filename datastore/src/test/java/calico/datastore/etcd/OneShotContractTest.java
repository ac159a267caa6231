package calico.datastore.etcd;

import calico.datastore.Datastore;

class OneShotContractTest extends EtcdContract {
  @Override
  Datastore connect(EtcdConfig config) {
    return EtcdDatastore.forOneShot(config);
  }
}
