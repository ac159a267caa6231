package calico.systemtest;

import calico.datastore.etcd.ManagedEtcd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A process that does nothing but run a managed etcd: {@code EtcdSupervisor DATA_DIR PORT}. Prints
 * {@value #READY} when etcd answers; ends with status 1 when it cannot be started.
 */
final class EtcdSupervisor {
  static final String READY = "SUPERVISING";

  private EtcdSupervisor() {}

  /** Started by {@link EtcdManagedTest}. */
  public static void main(String[] args) throws InterruptedException {
    try (ManagedEtcd _ =
        ManagedEtcd.start(
            ManagedEtcd.Settings.DEFAULT
                .withDataDir(Path.of(args[0]))
                .withClientPort(Integer.parseInt(args[1])))) {
      System.out.println(READY);
      Thread.currentThread().join();
    } catch (IllegalStateException e) {
      System.out.println(e.getMessage());
      System.exit(1);
    }
  }

  /** Starts one, its output going to {@code log}; {@code wrapper} is put before the command. */
  static Process start(Path dataDir, int port, Path log, String... wrapper) throws IOException {
    List<String> command = new ArrayList<>(Arrays.asList(wrapper));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            EtcdSupervisor.class.getName(),
            dataDir.toString(),
            Integer.toString(port)));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  /** The etcd that runs on a data directory. */
  static Optional<ProcessHandle> etcd(Path dataDir) {
    return ProcessHandle.allProcesses()
        .filter(
            process ->
                List.of(process.info().arguments().orElse(new String[0]))
                    .contains("--data-dir=" + dataDir))
        .findFirst();
  }

  /** Ends a supervisor and then its etcd. */
  static void end(Process supervisor, Path dataDir) throws InterruptedException {
    supervisor.destroyForcibly().waitFor();
    Optional<ProcessHandle> etcd = etcd(dataDir);
    if (etcd.isPresent()) {
      kill(etcd.get());
    }
  }

  /** SIGKILL, and waits for the end. */
  static void kill(ProcessHandle process) {
    process.destroyForcibly();
    process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
