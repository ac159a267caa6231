package calico.confd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Network namespaces, one per node, on one Ethernet: node i has 10.99.0.i/24 and fd99::i/64 on
 * eth0. Their names carry the process id.
 */
final class Fabric implements AutoCloseable {
  private final String prefix = "confd-" + ProcessHandle.current().pid() + "-";
  private final List<String> created = new ArrayList<>();

  Fabric(int nodes) throws IOException {
    String hub = create("hub");
    ip("-n", hub, "link", "add", "br0", "type", "bridge");
    ip("-n", hub, "link", "set", "br0", "up");
    for (int i = 1; i <= nodes; i++) {
      String node = create("n" + i);
      ip("-n", hub, "link", "add", "p" + i, "type", "veth", "peer", "eth0", "netns", node);
      ip("-n", hub, "link", "set", "p" + i, "master", "br0", "up");
      ip("-n", node, "link", "set", "lo", "up");
      ip("-n", node, "link", "set", "eth0", "up");
      ip("-n", node, "addr", "add", "10.99.0." + i + "/24", "dev", "eth0");
      ip("-n", node, "addr", "add", "fd99::" + i + "/64", "dev", "eth0", "nodad");
    }
  }

  private String create(String name) throws IOException {
    ip("netns", "add", prefix + name);
    created.add(prefix + name);
    return prefix + name;
  }

  /** The namespace of node {@code i}, from 1. */
  String namespace(int i) {
    return prefix + "n" + i;
  }

  /** Runs {@code ip} with these arguments in the namespace of node {@code i}. */
  String ipAt(int i, String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("-n", namespace(i)));
    all.addAll(Arrays.asList(arguments));
    return ip(all.toArray(String[]::new));
  }

  private static String ip(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(Arrays.asList(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + out.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted in " + String.join(" ", command), e);
    }
    return out;
  }

  @Override
  public void close() throws IOException {
    for (String name : created.reversed()) {
      ip("netns", "del", name);
    }
  }
}
