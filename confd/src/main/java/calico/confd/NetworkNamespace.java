package calico.confd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a daemon's interfaces and routes are.
 *
 * @param enter command in front of another, that runs it there
 * @param file the namespace, in nsfs (namespaces(7))
 */
public record NetworkNamespace(List<String> enter, Path file) {
  /** The one of this process. */
  public static final NetworkNamespace CURRENT =
      new NetworkNamespace(List.of(), Path.of("/proc/self/ns/net"));

  public NetworkNamespace {
    enter = List.copyOf(enter);
  }

  /** One that {@code ip netns} knows by this name. */
  public static NetworkNamespace named(String name) {
    return new NetworkNamespace(
        List.of("ip", "netns", "exec", name), Path.of("/run/netns").resolve(name));
  }

  /** Whether a process is in this namespace. */
  boolean contains(ProcessHandle process) throws IOException {
    Path other = Path.of("/proc/" + process.pid() + "/ns/net");
    return Files.getAttribute(file, "unix:ino").equals(Files.getAttribute(other, "unix:ino"));
  }
}
