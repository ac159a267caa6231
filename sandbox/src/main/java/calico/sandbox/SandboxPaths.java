package calico.sandbox;

import java.nio.file.Path;

/**
 * The files of a sandbox, all below one directory.
 *
 * @param name of the sandbox
 * @param base where sandboxes keep their files, normally /run/calico-sandbox
 */
public record SandboxPaths(String name, Path base) {
  public static final Path DEFAULT_BASE = Path.of("/run/calico-sandbox");

  public Path directory() {
    return base.resolve(name);
  }

  public Path stateFile() {
    return directory().resolve("state.json");
  }

  public Path etcd() {
    return directory().resolve("etcd");
  }

  /**
   * What is "/" for a node: its etc/calico, var/lib/calico, run/calico, var/log/calico are below.
   */
  public Path nodeRoot(String node) {
    return directory().resolve(node);
  }

  public Path nodeLog(String node) {
    return nodeRoot(node).resolve("var/log/calico/node.log");
  }

  public Path policies() {
    return directory().resolve("policies");
  }

  /** Network namespace of a node, a workload or the switch, as {@code ip netns} names it. */
  public String namespaceOf(String part) {
    return "calico-" + name + "-" + part;
  }
}
