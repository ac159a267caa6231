package calico.sandbox;

import calico.netlink.route.Rtnetlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * Sends datagrams from one rack to another, shows how the planes of the fabric share them, cuts one
 * plane while they go on, and mends it.
 *
 * @param converged whether all BGP sessions are up
 */
record PlaneTrial(
    Fabric fabric,
    Wiring wiring,
    SandboxOptions options,
    Progress progress,
    BooleanSupplier converged) {
  private static final int PORT = 9000;
  private static final int DATAGRAMS = 2_000;
  private static final Path INTERFACES = Path.of("/proc/thread-self/net/dev");
  private static final int RECEIVED_PACKETS = 2;

  /** Returns whether both planes carried traffic and one alone carried on. */
  boolean run(Workload from, Workload to) throws IOException {
    List<Fabric.Router> spines = fabric.spines();
    Fabric.Router victim = spines.getFirst();
    try (DatagramStream stream = new DatagramStream(from.netns(), to.netns(), to.ips(), PORT)) {
      long[] before = carried(spines);
      DatagramStream.Loss whole = stream.after(0, DATAGRAMS);
      long[] share = minus(carried(spines), before);
      progress.done(
          "%s to %s: %s; %s".formatted(name(from), name(to), shares(spines, share), loss(whole)));

      int atCut = stream.sent();
      setPlane(victim, false);
      progress.done("plane " + victim.plane() + " cut: " + loss(stream.after(atCut, DATAGRAMS)));
      before = carried(spines);
      DatagramStream.Loss alone = stream.after(stream.sent(), DATAGRAMS);
      long[] rest = minus(carried(spines), before);
      progress.done("without it: " + shares(spines, rest) + "; " + loss(alone));

      int atMending = stream.sent();
      setPlane(victim, true);
      Waiting.await(options.stepTimeout(), "the BGP sessions of the mended plane", converged);
      DatagramStream.Loss mended = stream.after(atMending, stream.sent() - atMending + DATAGRAMS);
      progress.done("plane " + victim.plane() + " mended: " + loss(mended));
      return isShared(share) && alone.lost() == 0 && whole.lost() == 0;
    }
  }

  private static boolean isShared(long[] packets) {
    for (long n : packets) {
      if (n < DATAGRAMS / 10) {
        return false;
      }
    }
    return true;
  }

  private static String name(Workload workload) {
    return workload.spec().name() + " (node" + workload.spec().node() + ")";
  }

  private static String loss(DatagramStream.Loss loss) {
    return loss.lost() == 0
        ? "none of %d datagrams lost".formatted(loss.sent())
        : String.format(
            Locale.ROOT,
            "%d of %d datagrams lost, the last after %.0f ms",
            loss.lost(),
            loss.sent(),
            loss.lastLostMillis());
  }

  private static String shares(List<Fabric.Router> spines, long[] packets) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < packets.length; i++) {
      all.add("plane " + spines.get(i).plane() + " carried " + packets[i] + " packets");
    }
    return String.join(", ", all);
  }

  /** Takes all cables of a spine away, or brings them back. */
  private void setPlane(Fabric.Router spine, boolean up) {
    try (Rtnetlink rt = Rtnetlink.open(wiring.netns(spine.name()))) {
      for (Fabric.Port port : fabric.portsOf(spine.name()).toList()) {
        int index = Wiring.indexOf(rt, port.name());
        if (up) {
          rt.setUp(index);
        } else {
          rt.setDown(index);
        }
      }
    }
  }

  /** Packets that each spine has received so far. */
  private long[] carried(List<Fabric.Router> spines) throws IOException {
    long[] packets = new long[spines.size()];
    for (int i = 0; i < packets.length; i++) {
      String spine = spines.get(i).name();
      List<String> counters =
          wiring.netns(spine).<List<String>, IOException>call(() -> Files.readAllLines(INTERFACES));
      List<String> ports = fabric.portsOf(spine).map(Fabric.Port::name).toList();
      for (String line : counters) {
        String[] words = line.strip().split("[:\\s]+");
        if (ports.contains(words[0])) {
          packets[i] += Long.parseLong(words[RECEIVED_PACKETS]);
        }
      }
    }
    return packets;
  }

  private static long[] minus(long[] after, long[] before) {
    long[] difference = new long[after.length];
    for (int i = 0; i < after.length; i++) {
      difference[i] = after[i] - before[i];
    }
    return difference;
  }
}
