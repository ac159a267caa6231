package calico.sandbox;

import calico.netlink.Netns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Removes what a sandbox made, as its state file tells, and nothing else. */
final class Removal {
  private static final long GRACE_SECONDS = 5;

  private Removal() {}

  /**
   * Ends the processes, deletes the namespaces and the directory. Idempotent.
   *
   * @param keep a process not to end, normally this one
   */
  static void remove(SandboxPaths paths, SandboxState.Content content, ProcessHandle keep)
      throws IOException {
    endAll(content.processes().stream().flatMap(p -> p.find().stream()).toList());
    endAll(etcdOf(paths));
    for (String namespace : content.namespaces()) {
      Path path = Netns.DIRECTORY.resolve(namespace);
      if (Files.exists(path)) {
        endAll(processesIn(path).stream().filter(h -> h.pid() != keep.pid()).toList());
        Netns.delete(namespace);
      }
    }
    deleteTree(paths.directory());
  }

  /** The etcd whose data is the sandbox's; it may have been restarted since it was first noted. */
  private static List<ProcessHandle> etcdOf(SandboxPaths paths) {
    String argument = "--data-dir=" + paths.etcd().toAbsolutePath();
    return ProcessHandle.allProcesses()
        .filter(h -> List.of(h.info().arguments().orElse(new String[0])).contains(argument))
        .toList();
  }

  /** Every process whose network namespace is the one mounted on {@code path}. */
  private static List<ProcessHandle> processesIn(Path path) throws IOException {
    String namespace = "net:[" + Files.getAttribute(path, "unix:ino") + "]";
    return ProcessHandle.allProcesses().filter(h -> namespace.equals(namespaceOf(h))).toList();
  }

  private static String namespaceOf(ProcessHandle process) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/ns/net")).toString();
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  /** Asks the processes to end, and ends those that have not after some seconds. */
  static void endAll(List<ProcessHandle> processes) {
    processes.forEach(ProcessHandle::destroy);
    if (!await(processes)) {
      processes.forEach(ProcessHandle::destroyForcibly);
      await(processes);
    }
  }

  private static boolean await(List<ProcessHandle> processes) {
    CompletableFuture<?>[] exits =
        processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(exits).get(GRACE_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> entries = Files.walk(directory)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(entry);
      }
    }
  }
}
