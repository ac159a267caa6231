package calico.sandbox;

import calico.netlink.Netns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Removes what a sandbox made, as its state file tells, and nothing else. */
final class Removal {
  private static final int KILL_ROUNDS = 5;
  private static final long KILL_SECONDS = 5;
  private static final long ASK_SECONDS = 30;

  private Removal() {}

  /**
   * Ends the processes, deletes the namespaces and the directory. Idempotent.
   *
   * @param keep a process not to end, normally this one
   */
  static void remove(SandboxPaths paths, SandboxState.Content content, ProcessHandle keep)
      throws IOException {
    List<String> namespaces =
        content.namespaces().stream()
            .filter(n -> Files.exists(Netns.DIRECTORY.resolve(n)))
            .toList();
    for (int round = 0; round < KILL_ROUNDS; round++) {
      Set<ProcessHandle> processes = new HashSet<>(etcdOf(paths));
      content.processes().forEach(p -> p.find().ifPresent(processes::add));
      for (String namespace : namespaces) {
        processes.addAll(processesIn(Netns.DIRECTORY.resolve(namespace)));
      }
      processes.remove(keep);
      if (processes.isEmpty()) {
        break;
      }
      kill(processes); // one of them may just have started another: look again
    }
    namespaces.forEach(Netns::delete);
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

  /** Ends processes whose state nobody needs any more. */
  private static void kill(Collection<ProcessHandle> processes) {
    processes.forEach(ProcessHandle::destroyForcibly);
    await(processes, KILL_SECONDS);
  }

  /** Asks a sandbox's own process to end, and waits for as long as that takes. */
  static void ask(ProcessHandle supervisor) {
    supervisor.destroy();
    if (!await(List.of(supervisor), ASK_SECONDS)) {
      supervisor.destroyForcibly();
    }
  }

  private static boolean await(Collection<ProcessHandle> processes, long seconds) {
    CompletableFuture<?>[] exits =
        processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(exits).get(seconds, TimeUnit.SECONDS);
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
