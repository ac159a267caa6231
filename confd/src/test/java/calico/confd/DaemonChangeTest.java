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
  void routesAreAwayForSecondsOnlyOnceThereIsAConfiguration() throws Exception {
    Bird bird = cluster.bird(1);
    Confd confd = cluster.confd(1, bird);
    cluster.confd(2, cluster.bird(2));
    cluster.awaitBlocks();
    leave(confd, bird);
    Frr frr = cluster.frr(1);
    BgpDaemon successor = Successor.of(frr, cluster.bird(1));
    confd = change("BIRD became FRR", successor, frr);
    String routes = cluster.fabric.ipAt(1, "route");
    assertFalse(routes.contains("proto bird"), routes);

    leave(confd, successor);
    Bird again = cluster.bird(1);
    change("FRR became BIRD", Successor.of(again, cluster.frr(1)), again);
    routes = cluster.fabric.ipAt(1, "route");
    assertFalse(routes.contains("proto bgp"), routes);
  }

  /** As a node daemon that ends. */
  private static void leave(Confd confd, BgpDaemon daemon) {
    confd.close();
    daemon.close();
  }

  /** As another one with another BGP daemon, which the datastore has nothing to say to at first. */
  private Confd change(String what, BgpDaemon successor, BgpDaemon next) throws Exception {
    cluster.datastore.setUnavailable(true);
    Confd confd = cluster.confd(1, successor);
    successor.start();
    int lost = lost("nothing has changed", ping("-c", "100"));
    assertTrue(lost < 10, () -> lost + " of 100 pings lost while the datastore was away");
    Process ping = ping();
    cluster.datastore.setUnavailable(false);
    awaitEstablished(next, 2);
    cluster.awaitBlocks();
    ShortCommand.run(List.of("kill", "-INT", Long.toString(ping.pid())));
    assertTrue(lost(what, ping) < 1000);
    return confd;
  }

  /** A hundred a second. */
  private Process ping(String... more) throws Exception {
    List<String> command =
        new ArrayList<>(NetworkNamespace.named(cluster.fabric.namespace(1)).enter());
    command.addAll(List.of("ping", "-q", "-i", "0.01", "-I", "10.65.1.5"));
    command.addAll(List.of(more));
    command.add("10.65.2.5");
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static int lost(String what, Process ping) throws Exception {
    String out = new String(ping.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher summary = SUMMARY.matcher(out);
    assertTrue(summary.find(), out);
    int sent = Integer.parseInt(summary.group(1));
    int lost = sent - Integer.parseInt(summary.group(2));
    System.out.printf("%s: of %d pings in %d ms lost %d%n", what, sent, 10 * sent, lost);
    return lost;
  }
}
