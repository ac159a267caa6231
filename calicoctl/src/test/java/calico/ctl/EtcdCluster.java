package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.Datastores;
import calico.datastore.etcd.ManagedEtcd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** A real etcd of its own, and the command line on it. */
final class EtcdCluster implements AutoCloseable {
  private final ManagedEtcd etcd;

  EtcdCluster(Path directory) throws IOException, InterruptedException {
    etcd =
        ManagedEtcd.start(
            ManagedEtcd.Settings.DEFAULT.withDataDir(directory.resolve("etcd")).withClientPort(0));
  }

  String endpoint() {
    return etcd.config().endpoints().getFirst().toString();
  }

  Datastore datastore() {
    return Datastores.forOneShot(Map.of("ETCD_ENDPOINTS", endpoint()));
  }

  Console run(String... args) {
    return runWithInput("", args);
  }

  Console runWithInput(String stdin, String... args) {
    return run(Map.of("ETCD_ENDPOINTS", endpoint()), stdin, args);
  }

  static Console run(Map<String, String> env, String stdin, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        CalicoctlCommand.run(
            args,
            env,
            new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Console(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    etcd.close();
  }
}
