package calico.datastore;

import calico.datastore.etcd.EtcdConfig;
import calico.datastore.etcd.EtcdDatastore;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The datastore that the environment names: {@code DATASTORE_TYPE} and the variables of {@link
 * EtcdConfig}, each also with the prefix {@code CALICO_}, which counts where the bare name is
 * unset.
 */
public final class Datastores {
  /** Where {@link calico.datastore.etcd.ManagedEtcd} listens; used if no endpoint is set. */
  public static final String MANAGED_ENDPOINT = "http://127.0.0.1:2379";

  private static final String PREFIX = "CALICO_";

  private Datastores() {}

  /**
   * For processes that live long and watch.
   *
   * @throws IllegalArgumentException naming the variable that is wrong
   */
  public static Datastore forDaemon(Map<String, String> env) {
    return EtcdDatastore.forDaemon(etcd(env));
  }

  /**
   * For commands that make a few calls and exit.
   *
   * @throws IllegalArgumentException naming the variable that is wrong
   */
  public static Datastore forOneShot(Map<String, String> env) {
    return EtcdDatastore.forOneShot(etcd(env));
  }

  static EtcdConfig etcd(Map<String, String> env) {
    Map<String, String> bare = new HashMap<>();
    env.forEach(
        (name, value) -> {
          if (name.startsWith(PREFIX) && !value.isEmpty()) {
            bare.put(name.substring(PREFIX.length()), value);
          }
        });
    env.forEach(
        (name, value) -> {
          if (!value.isEmpty()) {
            bare.put(name, value);
          }
        });
    String type = bare.getOrDefault("DATASTORE_TYPE", "etcdv3");
    switch (type.toLowerCase(Locale.ROOT)) {
      case "etcdv3" -> {}
      case "kubernetes" ->
          throw new IllegalArgumentException(
              "DATASTORE_TYPE=kubernetes: this version keeps its data in etcd only; set"
                  + " DATASTORE_TYPE=etcdv3 and ETCD_ENDPOINTS");
      default ->
          throw new IllegalArgumentException(
              "DATASTORE_TYPE=" + type + ": no such datastore; set DATASTORE_TYPE=etcdv3");
    }
    return EtcdConfig.fromEnvironment(bare).orElseGet(() -> EtcdConfig.of(MANAGED_ENDPOINT));
  }
}
