package calico.confd;

import static calico.confd.BirdCluster.awaitEstablished;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node's BGP daemon becomes FRR, and BIRD again, while a workload of it talks to another's. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DaemonChangeTest {
  private static final Pattern SUMMARY =
      Pattern.compile("(\\d+) packets transmitted, (\\d+) received");

  @TempDir Path directory;

  private BirdCluster cluster;

  @BeforeEach
  void populate() throws Exception {
    FrrInstalled.require();
    cluster = new BirdCluster(2, directory);
    cluster.addNodes(2);
    for (int i = 1; i <= 2; i++) {
      cluster.fabric.ipAt(i, "addr", "add", "10.65." + i + ".5/32", "dev", "lo");
    }
  }

  @AfterEach
  void cleanUp() throws Exception {
    cluster.close();
  }

  @Test
  void routesAreAwayForSecondsOnly() throws Exception {
    Bird bird = cluster.bird(1);
    Confd first = cluster.confd(1, bird);
    cluster.confd(2, cluster.bird(2));
    cluster.awaitBlocks();
    Process ping = ping();
    retire(first, bird);
    Frr frr = cluster.frr(1);
    Confd second = cluster.confd(1, frr);
    cluster.awaitBlocks();
    awaitEstablished(frr, 2);
    lost("BIRD became FRR", ping);
    String routes = cluster.fabric.ipAt(1, "route");
    assertFalse(routes.contains("proto bird"), routes);

    ping = ping();
    retire(second, frr);
    cluster.confd(1, cluster.bird(1));
    cluster.awaitBlocks();
    lost("FRR became BIRD", ping);
    routes = cluster.fabric.ipAt(1, "route");
    assertFalse(routes.contains("proto bgp"), routes);
  }

  private static void retire(Confd confd, BgpDaemon daemon) throws Exception {
    confd.close();
    daemon.retire();
    daemon.close();
  }

  /** A hundred a second. */
  private Process ping() throws Exception {
    List<String> command =
        new ArrayList<>(NetworkNamespace.named(cluster.fabric.namespace(1)).enter());
    command.addAll(List.of("ping", "-q", "-i", "0.01", "-I", "10.65.1.5", "10.65.2.5"));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static void lost(String what, Process ping) throws Exception {
    ShortCommand.run(List.of("kill", "-INT", Long.toString(ping.pid())));
    String out = new String(ping.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher summary = SUMMARY.matcher(out);
    assertTrue(summary.find(), out);
    int sent = Integer.parseInt(summary.group(1));
    int lost = sent - Integer.parseInt(summary.group(2));
    System.out.printf("%s: of %d pings in %d ms lost %d%n", what, sent, 10 * sent, lost);
    assertTrue(lost < 1000, out);
  }
}
