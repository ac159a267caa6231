package calico.datastore.etcd;

import calico.datastore.Datastore;
import calico.datastore.DatastoreContract;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real etcd, once for each transport. */
abstract class EtcdContract extends DatastoreContract {
  @TempDir private static Path dir;
  private static ManagedEtcd etcd;

  private @Nullable Relay relay;

  abstract Datastore connect(EtcdConfig config);

  @BeforeAll
  static void startEtcd() {
    etcd = ManagedEtcd.start(ManagedEtcd.Settings.DEFAULT.withDataDir(dir).withClientPort(0));
  }

  @AfterAll
  static void stopEtcd() {
    etcd.close();
  }

  @Override
  protected Datastore open() throws IOException {
    EtcdControl.post(
        etcd.config(), "kv/deleterange", "{\"key\":\"%s\",\"range_end\":\"%s\"}", "/", "0");
    Relay toEtcd = new Relay(etcd.config().endpoints().getFirst().port());
    relay = toEtcd;
    return connect(EtcdConfig.of("http://127.0.0.1:" + toEtcd.port()));
  }

  @AfterEach
  void closeRelay() throws IOException {
    Objects.requireNonNull(relay).close();
  }

  @Override
  protected void compact() throws IOException {
    long revision = EtcdControl.revision(etcd.config());
    EtcdControl.post(etcd.config(), "kv/compaction", "{\"revision\":\"" + revision + "\"}");
  }

  @Override
  protected void breakWatches() throws IOException {
    Objects.requireNonNull(relay).breakConnections();
  }
}
