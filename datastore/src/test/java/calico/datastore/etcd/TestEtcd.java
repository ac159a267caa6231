package calico.datastore.etcd;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One etcd of a test's own on loopback, with whatever flags the test is about. */
final class TestEtcd implements AutoCloseable {
  private final List<String> command;
  private final Path dir;
  private final Path log;
  private final EtcdConfig.Endpoint endpoint;
  private Process process;

  TestEtcd(Path dir, String scheme, String... flags) throws IOException {
    this.endpoint = EtcdConfig.Endpoint.parse(scheme + "://127.0.0.1:" + freePort());
    Files.createDirectories(dir);
    this.log = dir.resolve("log");
    this.dir = dir;
    String peer = "unix://peer:0";
    command =
        new ArrayList<>(
            List.of(
                "etcd",
                "--data-dir=" + dir.resolve("data"),
                "--listen-client-urls=" + endpoint,
                "--advertise-client-urls=" + endpoint,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=default=" + peer,
                "--logger=zap"));
    command.addAll(List.of(flags));
    process = launch();
  }

  private Process launch() throws IOException {
    return new ProcessBuilder(command)
        .directory(dir.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  EtcdConfig.Endpoint endpoint() {
    return endpoint;
  }

  /** Without authentication. */
  EtcdConfig config() {
    return EtcdConfig.of(endpoint.toString());
  }

  EtcdConfig as(String user, String password) {
    return new EtcdConfig(List.of(endpoint), null, null, null, user, password);
  }

  /**
   * Turns on authentication with root:secret and reader:secret, who may read /calico/resources/.
   */
  void enableAuth() throws IOException {
    EtcdConfig open = config();
    for (String user : List.of("root", "reader")) {
      EtcdControl.post(
          open, "auth/user/add", "{\"name\":\"" + user + "\",\"password\":\"secret\"}");
      EtcdControl.post(open, "auth/role/add", "{\"name\":\"" + user + "\"}");
      EtcdControl.post(
          open, "auth/user/grant", "{\"user\":\"" + user + "\",\"role\":\"" + user + "\"}");
    }
    EtcdControl.post(
        open,
        "auth/role/grant",
        "{\"name\":\"reader\",\"perm\":{\"permType\":\"READ\",\"key\":\"%s\",\"range_end\":\"%s\"}}",
        "/calico/resources/",
        "/calico/resources0");
    EtcdControl.post(open, "auth/enable", "{}");
  }

  /** Waits until it accepts connections, though it may not be able to answer. */
  void awaitListening() throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), endpoint.port())) {
        return;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("etcd does not listen, see " + log, e);
        }
        Thread.sleep(20);
      }
    }
  }

  /** Runs etcdctl. */
  void control(String... arguments) throws IOException, InterruptedException {
    List<String> etcdctl = new ArrayList<>(List.of("etcdctl", "--endpoints=" + endpoint));
    etcdctl.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(etcdctl).redirectErrorStream(true);
    builder.environment().put("ETCDCTL_API", "3");
    int status =
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start().waitFor();
    if (status != 0) {
      throw new AssertionError(etcdctl + ": status " + status + ", see " + log);
    }
  }

  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /** Ends it by SIGKILL and starts it again. */
  void restart() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    process = launch();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
