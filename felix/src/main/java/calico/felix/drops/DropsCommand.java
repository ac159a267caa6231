package calico.felix.drops;

import calico.cli.Command;
import calico.cli.Verb;
import calico.felix.rules.DeniedPackets;
import calico.netlink.NetlinkException;
import calico.netlink.nflog.LoggedPacket;
import calico.netlink.nflog.NflogMonitor;
import calico.netlink.route.Link;
import calico.netlink.route.Rtnetlink;
import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;

/** Prints a line for each packet that policy denies on this node. */
public final class DropsCommand implements Verb {
  private static final int EPERM = 1;

  private long count;
  private final PrintStream out = System.out;
  private final CountDownLatch ended = new CountDownLatch(1);
  private long seen;

  @Override
  public void declare(Command drops) {
    drops
        .description(
            "Shows the packets that this node's policy denies, as it happens.",
            "Of each the flow, the interfaces, and the policy and rule, or the default, that decided."
                + " Ends at Ctrl-C.",
            "Policies that follow each other in a tier and have 16 rules or more together are looked"
                + " up in a table. Of such a table the first 64 rules that deny are told by their"
                + " policy and number; those after them all as 'A rule of N policies as a table'.")
        .option(
            "--count=N",
            "End after so many packets; 0 (default) for no end.",
            v -> count = Command.number(v))
        .notes("Exit status: 0 when ended; 1 if the packets cannot be read; 2 for wrong arguments.")
        .examples("calico felix drops", "calico felix drops --count 1      waits for one");
  }

  @Override
  public Integer call() throws InterruptedException {
    try (Rtnetlink links = Rtnetlink.open();
        NflogMonitor _ =
            NflogMonitor.start(
                null,
                DeniedPackets.GROUP,
                packet -> print(packet, links),
                () ->
                    System.err.println(
                        "some denied packets are missing here: there are too many"))) {
      ended.await();
      return 0;
    } catch (NetlinkException e) {
      System.err.println(
          "calico felix drops: "
              + e.getMessage()
              + (e.errno() == EPERM
                  ? ": it needs root, and there can be one reader at a time"
                  : ""));
      return 1;
    }
  }

  private void print(LoggedPacket packet, Rtnetlink links) {
    if (ended.getCount() == 0) {
      return;
    }
    out.println(line(Instant.now().truncatedTo(ChronoUnit.MILLIS), packet, links));
    out.flush();
    if (++seen == count) {
      ended.countDown();
    }
  }

  private static String line(Instant time, LoggedPacket packet, Rtnetlink links) {
    return time
        + " denied "
        + PacketHeaders.read(packet.payload()).map(Object::toString).orElse("not an IP packet")
        + interfaceName(" in=", packet.inputInterface(), links)
        + interfaceName(" out=", packet.outputInterface(), links)
        + " by: "
        + packet.prefix();
  }

  /** The number if it has gone; what the JDK knows are only interfaces with addresses. */
  private static String interfaceName(String label, int index, Rtnetlink links) {
    if (index == 0) {
      return "";
    }
    try {
      return label + links.link(index).map(Link::name).orElse(Integer.toString(index));
    } catch (NetlinkException _) {
      return label + index;
    }
  }
}
