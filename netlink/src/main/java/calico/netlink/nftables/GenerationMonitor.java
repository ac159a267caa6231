package calico.netlink.nftables;

import calico.netlink.Monitor;
import calico.netlink.NetlinkSocket;
import calico.netlink.Netns;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells when somebody, this process too, commits to nf_tables: reads only NFT_MSG_NEWGEN of the
 * group NFNLGRP_NFTABLES. See {@link Monitor} for threads and order.
 */
public final class GenerationMonitor implements AutoCloseable {
  private static final int NFNLGRP_NFTABLES = 7;

  private final Monitor monitor;

  private GenerationMonitor(Monitor monitor) {
    this.monitor = monitor;
  }

  /**
   * Begins to watch.
   *
   * @param netns null for the calling thread's
   * @param onGeneration gets the new number, on the monitor's own thread
   * @param onOverrun messages were lost: ask {@link Nftables#generation}
   */
  public static GenerationMonitor start(
      @Nullable Netns netns, IntConsumer onGeneration, Runnable onOverrun) {
    return new GenerationMonitor(
        Monitor.start(
            "nftables-monitor",
            NetlinkSocket.NETFILTER,
            netns,
            new int[] {NFNLGRP_NFTABLES},
            message -> {
              if (message.type() == NftMessage.type(NftMessage.NEWGEN)) {
                onGeneration.accept(Nftables.generation(message));
              }
            },
            onOverrun));
  }

  @Override
  public void close() {
    monitor.close();
  }
}
