package calico.ctl;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "node",
    description = "Looks at the node that this runs on.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Examples:", "  calicoctl node status", "  calicoctl node checksystem"})
final class NodeCommands implements Runnable {
  @Spec @Nullable CommandSpec spec;

  private NodeCommands() {}

  static CommandLine of(Session session) {
    return new CommandLine(new NodeCommands())
        .addSubcommand("status", new NodeStatusCommand(session))
        .addSubcommand("diags", new NodeDiagsCommand(session))
        .addSubcommand("checksystem", new CheckSystemCommand(session))
        .addSubcommand("run", new NodeRunCommand(session));
  }

  @Override
  public void run() {
    CalicoctlCommand.requireSubcommand(spec);
  }
}
