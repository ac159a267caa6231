package calico.ctl;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "ipam",
    description = "Looks into the allocation of addresses, repairs and configures it.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  calicoctl ipam show",
      "  calicoctl ipam check --show-problem-ips"
    })
final class IpamCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  private IpamCommand() {}

  static CommandLine of(Session session) {
    return new CommandLine(new IpamCommand())
        .addSubcommand("show", new IpamShowCommand(session))
        .addSubcommand("check", new IpamCheckCommand(session))
        .addSubcommand("release", new IpamReleaseCommand(session))
        .addSubcommand("configure", new IpamConfigureCommand(session))
        .addSubcommand("split", new IpamSplitCommand(session));
  }

  @Override
  public void run() {
    CalicoctlCommand.requireSubcommand(spec);
  }
}
