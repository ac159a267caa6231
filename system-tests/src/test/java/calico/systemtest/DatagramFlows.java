package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Family;
import calico.netlink.Netns;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@link DatagramFlow}s between workloads of a sandbox; no workload is the end of two of them. */
final class DatagramFlows implements AutoCloseable {
  private static final Pattern GLOBAL = Pattern.compile("inet6 (\\S+)/\\d+ scope global");
  private static final int PORT = 9090;
  private static final int SECONDS = 60;

  private final LiveSandbox sandbox;
  private final Map<String, DatagramFlow> flows = new LinkedHashMap<>();
  private final List<Netns> opened = new ArrayList<>();

  DatagramFlows(LiveSandbox sandbox) {
    this.sandbox = sandbox;
  }

  DatagramFlows add(String from, String to, Family family) throws Exception {
    Netns source = sandbox.netns(from);
    Netns destination = sandbox.netns(to);
    opened.add(source);
    opened.add(destination);
    String ip = family == Family.IPV4 ? sandbox.ip(to) : ip6(to);
    flows.put(from + " to " + to, new DatagramFlow(source, destination, ip, PORT));
    return this;
  }

  private String ip6(String workload) throws IOException {
    try (Netns netns = sandbox.netns(workload)) {
      Matcher found =
          GLOBAL.matcher(KernelRoutes.run(netns, "ip", "-6", "addr", "show", "dev", "eth0"));
      assertTrue(found.find(), workload);
      return found.group(1);
    }
  }

  /** Waits until each flow has sent a thousand more. */
  void goOn() throws Exception {
    for (DatagramFlow flow : flows.values()) {
      int sent = flow.sent();
      LiveSandbox.await("a flow to go on", SECONDS, () -> flow.sent() > sent + 1000);
    }
  }

  /** Ends the flows, prints what was lost, and tells how many datagrams that were. */
  int lost(String when) throws Exception {
    List<String> lost = new ArrayList<>();
    int sent = 0;
    int missing = 0;
    for (Map.Entry<String, DatagramFlow> flow : flows.entrySet()) {
      int here = flow.getValue().lost();
      sent += flow.getValue().sent();
      missing += here;
      if (here != 0) {
        lost.add(flow.getKey() + ": " + here);
      }
    }
    System.out.printf("%s: of %d datagrams lost %s%n", when, sent, lost);
    return missing;
  }

  @Override
  public void close() throws Exception {
    for (DatagramFlow flow : flows.values()) {
      flow.close();
    }
    opened.forEach(Netns::close);
  }
}
