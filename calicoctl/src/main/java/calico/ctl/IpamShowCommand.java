package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.ipam.Ipam;
import calico.model.Ip;
import calico.model.ipam.IpamConfig;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

final class IpamShowCommand implements Verb {
  private final Session session;

  @Nullable String ip;
  boolean showBlocks;
  boolean showBorrowed;
  boolean showConfiguration;
  DatastoreOptions connection = new DatastoreOptions();

  IpamShowCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command show) {
    show.description("Print how much of each pool is in use, or who holds an address.")
        .option("--ip=ADDRESS", "Who holds this address.", v -> ip = v)
        .flag("--show-blocks", "Print the blocks of each pool too.", () -> showBlocks = true)
        .flag(
            "--show-borrowed",
            "Print the addresses that nodes have from blocks of others.",
            () -> showBorrowed = true)
        .flag(
            "--show-configuration",
            "Print the settings of allocation.",
            () -> showConfiguration = true)
        .include(connection)
        .examples(
            "calicoctl ipam show",
            "calicoctl ipam show --show-blocks",
            "calicoctl ipam show --ip=10.128.0.5");
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
