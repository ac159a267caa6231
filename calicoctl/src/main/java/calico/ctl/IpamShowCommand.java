package calico.ctl;

import calico.datastore.Datastore;
import calico.ipam.Ipam;
import calico.model.Ip;
import calico.model.ipam.IpamConfig;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "show",
    description = "Print how much of each pool is in use, or who holds an address.",
    footer = {
      "",
      "Examples:",
      "  calicoctl ipam show",
      "  calicoctl ipam show --show-blocks",
      "  calicoctl ipam show --ip=10.128.0.5"
    })
final class IpamShowCommand implements Callable<Integer> {
  private final Session session;

  @Option(names = "--ip", paramLabel = "ADDRESS", description = "Who holds this address.")
  @Nullable String ip;

  @Option(names = "--show-blocks", description = "Print the blocks of each pool too.")
  boolean showBlocks;

  @Option(
      names = "--show-borrowed",
      description = "Print the addresses that nodes have from blocks of others.")
  boolean showBorrowed;

  @Option(names = "--show-configuration", description = "Print the settings of allocation.")
  boolean showConfiguration;

  @Mixin DatastoreOptions connection = new DatastoreOptions();

  IpamShowCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Ip address = ip == null ? null : Ip.tryParse(ip);
    if (ip != null && address == null) {
      throw new CommandException("--ip = '%s': not an IP address".formatted(ip));
    }
    try (Datastore datastore = connection.open(session)) {
      session.out().print(text(datastore, address));
    }
    return 0;
  }

  private String text(Datastore datastore, @Nullable Ip address) {
    if (address != null) {
      return AddressUse.read(datastore).holder(address);
    }
    if (showBorrowed && !showBlocks) {
      return BorrowedAddresses.text(datastore);
    }
    if (showConfiguration && !showBlocks) {
      return configuration(new Ipam(datastore, Clock.systemUTC(), new Random()).settings());
    }
    return AddressUse.read(datastore).table(showBlocks);
  }

  private static String configuration(IpamConfig config) {
    Object persistence = config.unknown().fields().get(IpamConfigureCommand.PERSISTENCE);
    return new TextTable(
            List.of("PROPERTY", "VALUE"),
            List.of(
                List.of("StrictAffinity", String.valueOf(config.strictAffinity())),
                List.of("AutoAllocateBlocks", String.valueOf(config.autoAllocateBlocks())),
                List.of("MaxBlocksPerHost", String.valueOf(config.maxBlocksPerHost())),
                List.of(
                    "KubeVirtVMAddressPersistence",
                    persistence == null ? "<nil>" : persistence.toString()),
                List.of("IPCooldownSeconds", String.valueOf(config.ipCooldownSeconds()))))
        .boxed(2);
  }
}
