package calico.ctl;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "ipam",
    description = "Looks into the allocation of addresses.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Examples:", "  calicoctl ipam show", "  calicoctl ipam show --show-blocks"})
final class IpamCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  private IpamCommand() {}

  static CommandLine of(Session session) {
    return new CommandLine(new IpamCommand()).addSubcommand("show", new IpamShowCommand(session));
  }

  @Override
  public void run() {
    if (spec != null) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "Missing command: choose from " + spec.subcommands().keySet());
    }
  }
}
