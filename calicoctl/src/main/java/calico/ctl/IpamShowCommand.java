package calico.ctl;

import calico.datastore.Datastore;
import calico.model.Ip;
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
      AddressUse use = AddressUse.read(datastore);
      session.out().print(address == null ? use.table(showBlocks) : use.holder(address));
    }
    return 0;
  }
}
